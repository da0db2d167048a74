"""Lists that people open in a spreadsheet."""


def inert(text: str) -> str:
    """A cell that is no formula, whatever a stranger's data set calls its people and files.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
