"""Phrases that all commands of `blink data` say alike."""

from blink.contract.wording import plural


def told_people(people: int, unknown: int) -> str:
    """Whose eyes the crops of a data set are.

    Args:
        people: Number of people who are known.
        unknown: Number of crops whose person is not known.
    """
    if not people:
        return "people unknown, for training only"
    known = plural(people, "person", "people")
    return f"{known} and {plural(unknown, 'crop')} of people unknown" if unknown else known
