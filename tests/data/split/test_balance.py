import numpy as np
import pytest

from blink.contract import ConfigError, DataError
from blink.data.split import Everybody, Share, SplitByPerson, balance_of
from tests.data.drawing import crowd
from tests.data.split.sketching import blanks, sketch, write


def uneven() -> list[dict[str, object]]:
    """Forty people; one in four wears glasses, and one in ten is a woman."""
    return [
        row
        for number in range(40)
        for row in blanks(
            "drawn",
            {f"p{number:02d}": [0, 1, 1]},
            10 * number,
            glasses="yes" if number % 4 == 0 else "no",
            gender="woman" if number % 10 == 1 else "man",
        )
    ]


def test_share_and_folds_are_alike_in_attributes_when_these_are_balanced() -> None:
    manifest = write(uneven())
    names = ("glasses", "gender")
    rule = SplitByPerson({"drawn": Share(0.25, balance=names)}, folds=3, balance=names)
    roles = balance_of(manifest, rule.make(manifest), names)
    assert [roles[role]["people"] for role in ("train", "val", "test")] == [20, 10, 10]
    for role in roles.values():
        assert role["closed"] == pytest.approx(2 / 3)
        assert role["glasses=yes"] == pytest.approx(0.25, abs=0.051)
        assert role["gender=woman"] == pytest.approx(0.1, abs=0.051)


def test_fold_validates_when_it_is_named() -> None:
    manifest = sketch("drawn", crowd(12))
    validated = [
        set(SplitByPerson({}, folds=3, fold=fold).make(manifest).people("drawn", "val"))
        for fold in range(3)
    ]
    assert sorted(name for names in validated for name in names) == sorted(crowd(12))


@pytest.mark.parametrize(("share", "people"), [(0.05, 1), (0.3, 3), (0.5, 5), (0.95, 9)])
def test_share_tests_about_so_many_when_it_is_small_or_large(share: float, people: int) -> None:
    manifest = sketch("drawn", {**crowd(10)})
    table = manifest.table.assign(crops=1)
    assert len(Share(share).choose("drawn", sorted(crowd(10)), table)) == people


def test_share_is_refused_when_it_cannot_be_had() -> None:
    with pytest.raises(ConfigError, match=r"0\.05 to 0\.95"):
        Share(1.0)
    one = sketch("drawn", crowd(1)).table.assign(crops=1)
    with pytest.raises(DataError, match="too few people"):
        Share(0.2).choose("drawn", ["p00"], one)


def test_everybody_is_chosen_when_all_are_tested() -> None:
    manifest = sketch("drawn", crowd(3))
    assert Everybody().choose("drawn", ["a", "b"], manifest.table) == {"a", "b"}


def test_roles_come_in_the_manifests_batches_when_streamed() -> None:
    manifest = sketch("drawn", crowd(12))
    split = SplitByPerson({}, folds=3).make(manifest)
    codes = np.concatenate(list(split.roles(manifest)))
    assert codes.dtype == np.int8
    assert np.flatnonzero(codes == 1).tolist() == split.rows(manifest, "val").tolist()
