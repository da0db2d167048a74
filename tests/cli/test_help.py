from blink.cli.help import shown


def described() -> None:
    """Does a thing.

    Says how, in a
    sentence.

    Example:
        blink data thing a \
            --out b

    Raises:
        DataError: Never shown.
    """


def test_shown_keeps_examples_and_drops_sections_for_programmers_when_given_a_docstring() -> None:
    first, second, example = shown(described).split("\n\n")

    assert first == "Does a thing."
    assert second == "Says how, in a\nsentence."
    assert example.startswith("\b\nExample:\n    blink data thing a")
