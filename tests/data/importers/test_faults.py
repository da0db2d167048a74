import pytest

from blink.data.importers.faults import list_faults, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("open/é 1.png", "open/é 1.png"),
        ("\x1b[31mred\n.png", "\\x1b[31mred\\n.png"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff.png", "\\udcff.png"),
    ],
)
def test_printable_escapes_what_a_terminal_would_obey_when_a_name_holds_it(
    name: str, shown: str
) -> None:
    assert printable(name) == shown


def test_list_faults_counts_and_names_the_first_when_faults_are_alike() -> None:
    empty = [(f"{n}.png", "it is empty") for n in range(7)]

    listed = list_faults([("a.txt", "it is no picture"), *empty])

    assert listed.splitlines() == [
        "  7 × it is empty: 0.png, 1.png, 2.png, 3.png, 4.png, …",
        "  1 × it is no picture: a.txt",
    ]


def test_list_faults_counts_the_rest_when_every_fault_is_another() -> None:
    listed = list_faults([(f"row {n}", f"'{n}' is no state") for n in range(12)]).splitlines()

    assert listed[0] == "  1 × '0' is no state: row 0"
    assert listed[10:] == ["  2 with other faults"]
