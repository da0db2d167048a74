"""Phrases that all commands of `blink data` say alike."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and what is counted, such as `1 crop` or `1,200 crops`.

    Args:
        number: How many.
        one: The name of a single one.
        many: That of several; `one` and an s if not given.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def told_people(people: int, unknown: int) -> str:
    """Whose eyes the crops of a data set are.

    Args:
        people: Number of people who are known.
        unknown: Number of crops whose person is not known.
    """
    if not people:
        return "people unknown, for training only"
    known = counted(people, "person", "people")
    return f"{known} and {counted(unknown, 'crop')} of people unknown" if unknown else known
