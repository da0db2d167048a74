import base64
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture within a page and what is known of it; the macro `contact_sheet` shows them.

    Attributes:
        uri: A data URI.
        alt: What it shows, for those who cannot see it.
        heading: What counts most, in a word or two.
        caption: What stands beneath it.
        origin: Where it comes from: `row 1234`.
        details: All that its row says, by name; folded.
    """

    uri: str
    alt: str
    heading: str
    caption: str = ""
    origin: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def png_uri(png: bytes) -> str:
    """A PNG file as a data URI, so that the page holds the picture itself."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
