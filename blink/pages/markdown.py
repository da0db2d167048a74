def cell(text: str) -> str:
    """A text on one line of Markdown, within the cell of a table too, which a pipe would end."""
    return " ".join(text.split()).replace("|", "\\|")
