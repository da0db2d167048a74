from blink.pages import cell


def test_cell_stays_one_cell_on_one_line_when_a_text_has_pipes_and_breaks() -> None:
    assert cell("a | b\n  c\t|d ") == "a \\| b c \\|d"


def test_cell_is_read_as_it_was_written_when_a_text_is_html() -> None:
    assert cell("<b>R&amp;D</b> > 3") == "&lt;b>R&amp;amp;D&lt;/b> > 3"
