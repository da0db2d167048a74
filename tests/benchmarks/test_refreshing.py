import re
from pathlib import Path

import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
from lightning.pytorch.demos.boring_classes import BoringDataModule, BoringModel

from benchmarks.refreshing import fit, main, parse


def test_fit_gives_one_time_for_each_epoch_when_they_validate() -> None:
    assert len(fit(BoringModel(), BoringDataModule(), epochs=3)) == 3


@pytest.mark.long
def test_refreshing_prints_a_row_for_each_share_and_leaves_nothing_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["data=few", "model=pico", "data.loader.crops_per_epoch=512", f"paths.cache={tmp_path}"]
    assert main(["0", "0.5", "--epochs", "2", *few]) == 0
    rows = capsys.readouterr().out.splitlines()[-2:]
    figures = r"\| [\d,]+ \| \d+\.\d \| \d+\.\d \| \d+\.\d \|"
    for row, share in zip(rows, ("0", "0.5"), strict=True):
        assert re.fullmatch(rf"\| {re.escape(share)} {figures}", row)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["datasets", "splits"]


def test_refreshing_takes_shares_and_options_in_any_order() -> None:
    options, overrides = parse(["data=few", "0.5", "--epochs", "3", "1", "model=pico"])
    assert (options.shares, options.epochs) == ([0.5, 1.0], 3)
    assert overrides == ["data=few", "model=pico"]
    assert parse([])[0].shares == [0, 0.25]


@pytest.mark.parametrize("arguments", [["--epochs", "1"], ["half"]])
def test_refreshing_is_refused_when_an_argument_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
