from blink.pages import cell


def test_cell_stays_one_cell_on_one_line_when_a_text_has_pipes_and_breaks() -> None:
    assert cell("a | b\n  c\t|d ") == "a \\| b c \\|d"
