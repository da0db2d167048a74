import pyarrow as arrow
from hypothesis import given
from hypothesis import strategies as st

from blink.data.digest import Digest, Ids
from blink.data.schema import ARROW, COLUMNS
from tests.data.drawing import crowd, rows

TABLE = arrow.Table.from_pylist(rows("drawn", crowd(5, 4)), ARROW).select(COLUMNS)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=20))
def test_digest_does_not_depend_on_how_rows_come_in_batches(sizes: list[int]) -> None:
    first = 0
    whole, parts = Digest(), Digest()
    whole.update(TABLE)
    for size in sizes:
        parts.update(TABLE.slice(first, size))
        first += size
    parts.update(TABLE.slice(first))
    assert parts.fingerprint() == whole.fingerprint()


def test_digest_changes_when_rows_change_places() -> None:
    forward, backward = Digest(), Digest()
    forward.update(TABLE)
    backward.update(TABLE.take(list(range(len(TABLE)))[::-1]))
    assert forward.fingerprint() != backward.fingerprint()


def test_digest_is_a_known_one_when_the_rows_are_known() -> None:
    row = dict.fromkeys(COLUMNS) | {
        "id": "1",
        "content_hash": "2",
        "dataset": "three",
        "label": 1,
        "label_source": "archive",
        "label_weight": 0.5,
        "width": 24,
        "height": 24,
        "licence": "näive",
    }
    digest = Digest()
    digest.update(arrow.Table.from_pylist([row], arrow.schema(list(ARROW)[:-1])))
    assert digest.fingerprint() == "cc2f13d8d6448bec"


@given(st.lists(st.integers(0, 30).map(str), max_size=20))
def test_ids_finds_two_rows_with_one_id_when_there_are_any(names: list[str]) -> None:
    with Ids() as ids:
        ids.update(names[:7])
        ids.update(names[7:])
        found = ids.repeated()
    if len(set(names)) == len(names):
        assert found is None
    else:
        assert found is not None
        assert found[0] < found[1]
        assert names[found[0]] == names[found[1]]
