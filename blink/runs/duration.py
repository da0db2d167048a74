from typing import Final

_UNITS: Final = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
"""Seconds and name of a unit, and of the next smaller one."""


def tell_duration(seconds: float) -> str:
    """In the two largest units: `34 s`, `1 min 15 s`, `2 h 3 min`, `3 d 4 h`."""
    whole = round(seconds)
    for unit, name, smaller, its_name in _UNITS:
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // smaller} {its_name}"
    return f"{whole} s"
