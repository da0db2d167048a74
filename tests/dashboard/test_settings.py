import pytest

from blink.dashboard.settings import Setting, flatten, overrides, told, varied


def test_flatten_keeps_what_people_set_when_a_config_holds_more() -> None:
    config = {
        "name": "pico",
        "seed": 3,
        "paths": {"runs": "runs"},
        "optim": {"optimizer": {"_target_": "torch.optim.AdamW", "lr": 0.003}, "steps": None},
        "data": {"seed": "${seed}", "shares": [1, 0.7], "steps": [{"_target_": "a"}]},
    }

    assert flatten(config, "python train.py model=pico +optim.extra=true name=pico") == {
        "seed": 3.0,
        "optim.optimizer.lr": 0.003,
        "data.shares": "[1, 0.7]",
        "model": "pico",
        "optim.extra": True,
    }


def test_flatten_makes_words_of_numbers_when_they_are_not_finite() -> None:
    config = {"clip": float("inf"), "rate": float("nan"), "wide": 1.5, "deep": 2}

    assert flatten(config, "train.py clip=Infinity decay=-inf steps=1e999 lr=1e-3") == {
        "clip": "inf",
        "rate": "nan",
        "wide": 1.5,
        "deep": 2.0,
        "decay": "-inf",
        "steps": "inf",
        "lr": 0.001,
    }


def test_overrides_are_read_when_a_quote_is_never_closed() -> None:
    assert overrides("train.py question='what lr=0.1") == {"question": "'what", "lr": 0.1}


def test_varied_puts_what_was_set_by_hand_first_and_the_seed_last_when_runs_differ() -> None:
    runs = [{"a": 1.0, "lr": 0.1, "seed": 0.0, "same": 1.0}, {"a": 2.0, "lr": 0.2, "seed": 1.0}]

    assert varied(runs, ["train.py lr=0.1 seed=0", ""]) == ["lr", "a", "seed"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (20261128.0, "20261128"),
        (1e300, "1e+300"),
        (1 / 3, "0.333333"),
        (0.003, "0.003"),
        (True, "true"),
        (None, "not set"),
        ("/Data/MyEyes", "/Data/MyEyes"),
    ],
)
def test_told_reads_as_typed_when_shown(value: Setting | None, text: str) -> None:
    assert told(value) == text
