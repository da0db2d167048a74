from typing import Any

import pytest

from blink.contract.wording import (
    estimate_in_words,
    fraction,
    judged_on,
    kilobytes,
    name_some,
    one_line,
    percent,
    plural,
    with_interval,
)


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0.9731, "97.3"), (0.9999, "99.9"), (1.0, "100.0"), (0.0, "0.0")],
)
def test_percent_reads_whole_only_when_it_is(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.97314, "0.973"), (0.9999, "0.999"), (1.0, "1.000")]
)
def test_fraction_reads_whole_only_when_it_is(value: float | None, text: str) -> None:
    assert fraction(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"), [(0.9312, 0.9999, "0.973 [0.931, 0.999]"), (None, None, "0.973")]
)
def test_with_interval_tells_what_there_is(
    low: float | None, high: float | None, text: str
) -> None:
    assert with_interval(0.9731, low, high) == text


@pytest.mark.parametrize(("role", "text"), [("test", "mrl"), ("val", "mrl (validation people)")])
def test_judged_on_names_validation_people_when_it_is_they(role: str, text: str) -> None:
    assert judged_on("mrl", role) == text


def test_kilobytes_are_thousands_when_a_size_is_told() -> None:
    assert [kilobytes(size) for size in (43210, 1_234_567)] == ["43.2", "1,234.6"]


def test_one_line_replaces_what_a_terminal_would_obey_when_a_text_has_it() -> None:
    assert one_line("é\n→\x1b[8m\u202e\x9b") == "é\ufffd→\ufffd[8m\ufffd\ufffd"


@pytest.mark.parametrize("text", ["10\u00a0µm", "می\u200cخواهم", "👩\u200d🔬"])
def test_one_line_leaves_the_text_when_words_and_emoji_are_written_so(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ("person", "people"), "0 people"),
        (1, ("person", "people"), "1 person"),
        (12345, ("person", "people"), "12,345 people"),
        (1, ("bad one",), "1 bad one"),
        (2, ("bad one",), "2 bad ones"),
    ],
)
def test_plural_names_several_when_there_is_not_one(
    number: int, words: tuple[str, ...], text: str
) -> None:
    assert plural(number, *words) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["Ann"], "Ann"),
        (["Ann", "Ben"], "Ann and Ben"),
        (["Ann", "Ben", "Cy"], "Ann, Ben and Cy"),
        (["Ann", "Ben", "Cy", "Di", "Ed"], "Ann, Ben, Cy and 2 more"),
    ],
)
def test_name_some_counts_the_rest_when_there_are_many(names: list[str], text: str) -> None:
    assert name_some(names, 3) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"value": 0.964, "low": 0.955, "high": 0.973, "n": 9}, "0.964 [0.955, 0.973]"),
        ({"value": 1, "low": None}, "1.000"),
        ({"value": 0.9, "low": "0.8", "high": 1}, "0.900"),
        ({"value": None, "low": None, "high": None}, ""),
        ({"value": True}, ""),
        ({}, ""),
        (0.9, ""),
    ],
)
def test_estimate_in_words_is_empty_when_there_is_none(found: Any, text: str) -> None:
    assert estimate_in_words(found) == text
