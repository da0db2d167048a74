"""A page as a machine reads it: for tests of whatever makes one."""

import re
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "input"}
LOADED = re.compile(r"@import|url\(|<link|<iframe|<object|<embed")


class Outline(HTMLParser):
    """Checks that tags are balanced; gathers text, attributes and tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.heads_of_tables: list[int] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.policy = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.links += [named[key] or "" for key in ("src", "href", "data") if key in named]
        self.ids += [named["id"] or ""] if "id" in named else []
        if tag == "img" or named.get("role") in ("img", "figure"):
            self.pictures.append(named)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.heads_of_tables.append(0)
        if tag == "th":
            assert named.get("scope") in ("col", "row", "rowgroup")
            self.heads_of_tables[-1] += 1
        if tag == "script":
            self.scripts.append(named)
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.styles.append(data)
        elif self.open[-1:] != ["script"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def check_page(page: str) -> Outline:
    """Whatever holds for every page: it needs nothing but itself, and can be read without eyes."""
    outline = Outline(page)
    assert page.startswith("<!doctype html>\n")
    assert outline.policy.startswith("default-src 'none'; img-src data:;")
    for link in outline.links:
        assert link.startswith("data:image/png;base64,") or link.removeprefix("#") in outline.ids
    assert not any(LOADED.search(style) for style in outline.styles)
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert all(outline.heads_of_tables)
    assert outline.tags.count("caption") == outline.tags.count("table")
    for one in outline.pictures:
        assert one.get("alt") or one.get("aria-label")
    return outline
