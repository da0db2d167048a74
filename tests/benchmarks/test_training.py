import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from benchmarks.naive_training import naive_batches
from benchmarks.training import main, measure, parse
from blink.contract import ConfigError, InputSpec
from blink.data.manifest import Manifest
from blink.data.split import Split


@pytest.mark.long
def test_training_prints_each_way_beside_the_bare_net(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [
        "model=pico",
        "threads=1",
        "data.loader.workers=0",
        "data.loader.batch_size=64",
        f"paths.cache={tmp_path}",
    ]
    assert main(["--rounds", "2", "--crops", "640", "--workers", "1", *small]) == 0
    title, _, _, _, *rows = capsys.readouterr().out.splitlines()
    assert "cpu, 1 threads, batches of 64, time by the clock, memory kept, medians of 2" in title
    names = [
        "bare net",
        "Blink, workers: 0",
        "Blink, workers: 1",
        "naive",
    ]
    assert len(rows) == len(names)
    for row, name in zip(rows, names, strict=True):
        assert re.fullmatch(rf"\| {name} \| [\d,]+ \| \d\.\d{{3}} \[\d\.\d{{3}}, .*\] \|", row)
    assert rows[0].endswith("1.000 [1.000, 1.000] |")


@pytest.mark.parametrize(
    ("crops", "workers", "batches"), [(20, 1, 8), (250, 1, 25), (20, 0, 2), (5, 0, 1)]
)
def test_naive_workers_do_not_idle_when_they_are_asked_for_few_crops(
    rendered: tuple[Manifest, Split], tmp_path: Path, crops: int, workers: int, batches: int
) -> None:
    chain = OmegaConf.create([{"_target_": "albumentations.Resize", "height": 32, "width": 32}])
    given = rendered, InputSpec(), chain, 40, 10
    loader = naive_batches(*given, crops=crops, workers=workers, folder=tmp_path)
    assert len(loader) == batches


def test_training_takes_options_of_the_program_and_of_train_py() -> None:
    options, overrides = parse(["model=large", "--rounds", "3", "threads=1", "--cpu-time"])
    assert (options.rounds, options.workers, options.cpu_time) == (3, 0, True)
    assert overrides == ["model=large", "threads=1"]


@pytest.mark.parametrize(
    "arguments",
    [["--rounds", "1"], ["--workers", "-1"], ["--cpu-time", "--workers", "1"]],
)
def test_training_is_refused_when_an_argument_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--cpu-time"], "counts this process alone"),
        (["--workers", "1"], "is that very line"),
    ],
)
def test_training_is_refused_when_configured_workers_do_not_go_with_an_argument(
    tmp_path: Path, arguments: list[str], fault: str
) -> None:
    cfg = OmegaConf.create({"data": {"loader": {"workers": 1}}})
    with pytest.raises(ConfigError, match=fault):
        measure(cfg, parse(arguments)[0], tmp_path)
