from blink.data.alike import Person, named_alike
from blink.data.split.table import Split


def alike_across(split: Split) -> list[list[Person]]:
    """Groups of people who are named alike and have two roles; who is set aside does not count.

    A split that holds any is not refused: only a look tells whether they are one person. Of a leaky
    split there are none, since its crops have roles and its people have not.
    """
    if split.is_leaky:
        return []
    table = split.table[(split.table["subject"] != "") & (split.table["role"] != "aside")]
    columns = (table[name].tolist() for name in ("dataset", "subject", "role"))
    roles = {(dataset, name): role for dataset, name, role in zip(*columns, strict=True)}
    return [group for group in named_alike(roles) if len({roles[one] for one in group}) > 1]
