"""Rendered people in the place of real ones of whom a test set holds, or knows, too few."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from blink.evaluation.populations.results import Group, Populations
from blink.evaluation.slices import SLICED

STAND_IN: Final = ("gender", "age_group", "ethnicity", "skin_tone", "lid_shape")
"""What somebody is, as against how their picture was taken: this the renderer can stand in for."""


def fill_with_stand_ins(real: Populations, rendered: Populations) -> Populations:
    """Adds what rendered people show of groups about which the real ones say nothing.

    An attribute of a person none of whose groups could be tested on real people gets the rendered
    groups of that attribute too, each marked as rendered, after its real ones. Their gaps are to
    other rendered people, their p-values corrected for the looks at these; they neither count as
    looks here nor become the weakest group. Such rows hint at what a real group might show; they
    prove nothing about real people.

    Args:
        real: Of a test set.
        rendered: Of the same intelligence on rendered people.
    """
    tested = {name for group in real.groups if group.note is None for name in group.values}
    lacking = [name for name in STAND_IN if name not in tested]
    by_attribute = {name: _singles(real, name) for name in _attributes(real, rendered)}
    for name in lacking:
        stand_ins = [group for group in _singles(rendered, name) if group.is_rendered]
        by_attribute[name] = [*by_attribute.get(name, []), *stand_ins]
    singles = [group for groups in by_attribute.values() for group in groups]
    pairs = [group for group in real.groups if len(group.values) > 1]
    return replace(real, groups=(*singles, *pairs))


def fill_all(populations: Sequence[Populations]) -> list[Populations]:
    """Fills the real test sets of a report from the first rendered one, if there is one.

    Args:
        populations: What was found on each test set, all of one intelligence.
    """
    rendered = next((one for one in populations if one.is_rendered), None)
    return [
        one if rendered is None or one.is_rendered else fill_with_stand_ins(one, rendered)
        for one in populations
    ]


def _attributes(*populations: Populations) -> list[str]:
    """Attributes in the manifest's order."""
    present = {name for one in populations for group in one.groups for name in group.values}
    return [name for name in SLICED if name in present]


def _singles(populations: Populations, attribute: str) -> list[Group]:
    return [group for group in populations.groups if list(group.values) == [attribute]]
