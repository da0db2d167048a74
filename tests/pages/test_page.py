import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import altair as alt
import pytest
from jinja2 import UndefinedError

from blink.contract import StorageError
from blink.pages import (
    Axis,
    Cell,
    Column,
    Line,
    Picture,
    Table,
    Track,
    chart,
    environment,
    render,
    write_page,
)
from tests.pages.outline import check_page

HOSTILE = "</script><script>alert('ha')</script>&\"quoted\""


def sample(**values: Any) -> str:
    plain: dict[str, Any] = {"title": "Sample", "parts": [], "tables": [], "pictures": []}
    return render("tests.pages.samples", "sample.html.j2", **plain | values)


def draw(**values: Any) -> alt.Chart:
    base = alt.Chart(alt.InlineData(values=[{"x": 1, "y": 2, "name": "a"} | values]))
    drawn: alt.Chart = base.mark_point(color="var(--c0)").encode(x="x:Q", y="y:Q", tooltip="name:N")
    return drawn


def table(*texts: str, is_sortable: bool = True) -> Table:
    axis = Axis(0.5)
    track = Track(axis, 0.8, 0.7, 0.9, "80 %, 70 to 90")
    return Table(
        caption="Names and numbers",
        columns=[
            Column("Name"),
            Column("As a plot, %", axis=axis),
            Column("Number", is_number=True),
        ],
        lines=[
            Line([Cell(text), Cell(track=track), Cell(f"{number:,}", value=number, small="or so")])
            for number, text in enumerate(texts, start=999)
        ],
        is_sortable=is_sortable,
    )


def test_render_makes_a_whole_page_when_nothing_but_text_is_given() -> None:
    page = sample()
    outline = check_page(page)
    assert "Sample · Blink" in outline.text
    assert "SAMPLE" in outline.text
    assert "b { color: var(--accent); }" in outline.styles[0]
    assert outline.links == ["#main"]
    assert outline.scripts == []
    assert "script-src 'none'" in outline.policy
    assert len(page) < 25_000


def test_render_escapes_texts_when_they_are_hostile() -> None:
    picture = Picture(
        "data:image/png;base64,", HOSTILE, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}
    )
    page = sample(
        title=HOSTILE,
        parts=[chart(draw(name=HOSTILE), HOSTILE)],
        tables=[table(HOSTILE, "b")],
        pictures=[picture],
    )
    outline = check_page(page)
    assert "alert('ha')</script>" not in page
    assert outline.text.count(HOSTILE) > 5
    assert len(outline.scripts) == 4  # the spec, sort.js, the library, charts.js


def test_render_allows_its_own_scripts_alone_when_it_has_some() -> None:
    page = sample(parts=[chart(draw(), "A point.")], tables=[table("a", "b")])
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(scripts) == 3
    policy = check_page(page).policy
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert "unsafe-eval" not in policy


def test_render_carries_the_library_when_there_is_a_chart_alone() -> None:
    plain, drawn = sample(tables=[table("a", "b")]), sample(parts=[chart(draw(), "A point.")])
    assert len(plain) < 30_000
    assert 700_000 < len(drawn) < 1_500_000
    assert drawn == sample(parts=[chart(draw(), "A point.")])


def test_chart_says_in_words_what_it_shows_when_nobody_sees_it() -> None:
    outline = check_page(sample(parts=[chart(draw(), "One point at 1, 2.")]))
    assert "One point at 1, 2." in outline.text
    assert [one["aria-label"] for one in outline.pictures] == ["One point at 1, 2."]


def test_chart_names_no_address_when_its_spec_is_read() -> None:
    assert "http" not in chart(draw(), "A point.")


def test_table_is_sorted_by_its_heads_when_it_has_two_lines() -> None:
    page = sample(tables=[table("a", "b")])
    assert 'class="stack sortable"' in page
    assert '<td role="cell" class="number" data-label="Number" data-value="1000">' in page
    assert "or so" in page
    assert 'aria-label="80 %, 70 to 90"' in page
    assert "sortable" not in sample(tables=[table("a")]).split("</style>")[1]
    assert (
        "sortable" not in sample(tables=[table("a", "b", is_sortable=False)]).split("</style>")[1]
    )


def test_contact_sheet_folds_the_row_when_details_are_known() -> None:
    known = Picture(
        "data:image/png;base64,AA", "An eye", "p 0.1", "open", "Row 7", {"glasses": "yes"}
    )
    outline = check_page(
        sample(pictures=[known, Picture("data:image/png;base64,AA", "An eye", "p")])
    )
    assert outline.tags.count("details") == 1
    assert "Row 7 glasses yes" in outline.text


def test_environment_leaves_markdown_as_it_is_when_it_makes_no_html() -> None:
    made = environment("tests.pages.samples", {"twice": lambda number: 2 * number}, html=False)
    assert made.get_template("sample.md.j2").render(title="<a> & b") == "# <a> & b 6\n"


def test_render_refuses_when_a_value_is_missing() -> None:
    with pytest.raises(UndefinedError, match="title"):
        render("tests.pages.samples", "sample.html.j2", parts=[], tables=[], pictures=[])


def test_write_page_writes_it_whole_when_there_is_room(tmp_path: Path) -> None:
    write_page(tmp_path / "new" / "page.html", "<p>…</p>\n")
    assert (tmp_path / "new" / "page.html").read_bytes() == "<p>…</p>\n".encode()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["page.html"]


def test_write_page_says_so_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"Could not write .*page\.html"):
        write_page(tmp_path / "file" / "page.html", "")
