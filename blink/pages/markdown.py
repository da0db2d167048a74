def cell(text: str) -> str:
    """A text on one line of Markdown, and as it stands: neither HTML nor the end of a cell."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
