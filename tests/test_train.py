"""`train.py` as its users run it: a command, on a few rendered eyes, all the way to the report."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from blink.evaluation.publication.board import Board
from blink.runtime import Detector, load_bundle
from blink.synthesis import golden_crops
from tests.data.drawing import cew_members, mrl_members, write_zip
from tests.offline_run import OfflineRun, read_offline_run
from tests.runner import ROOT, Runner, judged_of

LONG = pytest.mark.long
SMALL = ("data.collection.sources.rendered.crops_per_person=8",)
FEW = ("data.collection.sources.rendered.people=40", *SMALL)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with Runner(tmp_path_factory.mktemp("train")) as runner:
        yield runner


@pytest.fixture(scope="module")
def grid(runner: Runner) -> list[Path]:
    """Two runs that differ in their seed."""
    words = ("debug=fast", "logger=wandb", "logger.wandb.group=a-study", "seed=0,1")
    done = runner("-m", *words, *SMALL, "heuristics.members=null", "export=fp32")
    assert done.returncode == 0, done.stderr[-3000:]
    return runner.folders()


def test_train_leaves_all_that_a_comparison_needs_when_it_ends_well(grid: list[Path]) -> None:
    assert [folder.name.rsplit("-", 1)[1] for folder in grid] == ["0", "1"]
    folder = grid[0]
    curves = pd.read_csv(folder / "curves" / "version_0" / "metrics.csv")
    assert {"train/loss", "val/auc", "val/balanced_accuracy", "epoch"} <= set(curves.columns)
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert list(folder.glob("wandb/offline-run-*/run-*.wandb"))
    assert not list(folder.parents[2].glob("home/.local/**/wandb"))  # deleting a run deletes it all
    assert judged_of(folder) != judged_of(grid[1])  # whose seed is another
    (predictions,) = folder.glob("predictions/*.parquet")
    assert predictions.name == "eye-fast-fp32-on-rendered.parquet"


def test_train_ships_a_bundle_that_runs_when_it_ends_well(grid: list[Path]) -> None:
    expected = {
        row["precision"]: row["evaluation"]["scores"]["metrics"]["auc"]
        for row in judged_of(grid[0])[0]["rows"]
    }
    (path,) = (grid[0] / "bundles").iterdir()
    bundle = load_bundle(path)
    detector = Detector(bundle)
    detector.verify()
    assert detector.predict(golden_crops(4)).shape == (4,)
    assert bundle.metrics["rendered"]["auc"] == expected[bundle.precision]
    assert "Apache-2.0" in (path / "MODEL_CARD.md").read_text()


@pytest.fixture(scope="module")
def offline(grid: list[Path]) -> OfflineRun:
    return read_offline_run(grid[0])


def test_train_tells_wandb_who_it_is_when_it_runs_offline(
    grid: list[Path], offline: OfflineRun
) -> None:
    assert (offline.name, offline.group, offline.job_type) == ("fast", "a-study", "train")
    assert offline.notes.endswith("how well does a small CNN know a closed eye?")
    assert {"standard", "few", "grey32", "fp32"} <= set(offline.tags)
    assert "proc.cpu.threads" in offline.system  # measured every 15 seconds, the first time at once
    assert offline.exit_code == 0
    second = read_offline_run(grid[1])  # runs of one process are not merged
    assert [run.config["seed"] for run in (offline, second)] == [0, 1]
    assert offline.config["model"]["_target_"] == "blink.models.EyeNet"
    assert len(offline.history["train/loss"]) == len(second.history["train/loss"]) == 2


def test_train_tells_wandb_what_it_found_when_it_runs_offline(
    grid: list[Path], offline: OfflineRun
) -> None:
    test = judged_of(grid[0])[0]
    (main,) = (row for row in test["rows"] if row["is_main"])
    for name, estimate in main["evaluation"]["scores"]["metrics"].items():
        assert offline.summary[f"test/rendered/{name}"] == estimate["value"]
    assert offline.summary["size_bytes"] == main["size_bytes"]
    kinds = {key: value for key, value in offline.summary.items() if key.endswith("/_type")}
    assert kinds["test/groups/_type"] == kinds["test/table/_type"] == "table-file"
    assert kinds["report/_type"] == "html-file"
    assert kinds["test/rendered/mistakes/1/_type"] == "image-file"
    for name in ("table", "rendered/reliability", "rendered/pareto/latency"):
        logged = offline.summary[f"test/{name}/path"]
        assert (next(grid[0].glob("wandb/offline-run-*")) / "files" / logged).is_file()


def test_train_logs_data_and_bundles_as_artifacts_when_it_runs_offline(
    grid: list[Path], offline: OfflineRun
) -> None:
    data = offline.artifacts["rendered"]
    assert data.type == "dataset"
    assert data.files.keys() == {"data.json", "version.json", "DATASET_CARD.md"}  # no picture
    assert data.metadata["fingerprint"] == judged_of(grid[0])[0]["data"]
    for folder in (grid[0] / "bundles").iterdir():
        model = offline.artifacts[folder.name]
        assert model.type == "model"
        assert model.files.keys() == {path.name for path in folder.iterdir()}
        assert model.metadata["metrics"] == load_bundle(folder).metrics
    places = [place for one in offline.artifacts.values() for place in one.files.values()]
    assert all(place.is_relative_to(grid[0]) for place in places)  # `wandb sync` looks there


def test_board_shows_what_runs_log_when_wandb_makes_it(offline: OfflineRun) -> None:
    shown = json.dumps(Board("a-team", "blink", ("rendered",)).to_dict())

    found = set(re.findall(r'"(?:summary:)?((?:test|val|train|latency)/[^" ]+)"', shown))

    logged = offline.summary.keys() | {key.rsplit("/", 1)[0] for key in offline.summary}
    only_of_ten_people = {key for key in found if key.endswith(("_low", "_high"))}
    only_of_trials = {"val/mean/balanced_accuracy"}
    only_of_more_mistakes = {key for key in found if "/mistakes/" in key} - logged
    assert found - logged == only_of_ten_people | only_of_trials | only_of_more_mistakes
    assert "test/rendered/mistakes/1" in found & logged
    assert "config:made_by.value.choices.model" in shown
    assert offline.config["made_by"]["choices"]["model"] == "standard"


def test_train_says_how_far_it_is_when_only_its_log_is_read(grid: list[Path]) -> None:
    said = (grid[0] / "train.log").read_text()
    assert re.search("(?s)1 of 2 epochs: val.+2 of 2.+Exporting 1.+Measur.+Judg.+Report:", said)


def test_train_gives_the_same_metrics_when_it_was_killed_and_resumed(
    runner: Runner, grid: list[Path]
) -> None:
    process = runner.start("debug=fast", *SMALL)
    folder = runner.first_epoch_of(process)
    process.kill()
    process.communicate()
    assert not (folder / "metrics.json").exists()
    done = runner(f"resume={folder}", "seed=1")
    assert done.returncode == 1
    assert "A resumed run keeps its own config; seed=1 cannot change it" in done.stdout
    done = runner(f"resume={folder}")
    assert done.returncode == 0, done.stderr[-3000:]
    rows, (whole,) = judged_of(folder)[0]["rows"], judged_of(grid[0])[0]["rows"]
    same = next(row for row in rows if (row["kind"], row["precision"]) == ("net", "fp32"))
    assert same["evaluation"] == whole["evaluation"]
    assert {"gradient", "colour", "intensity", "vote"} < {row["name"] for row in rows}
    assert str(folder / "report.html") in done.stdout


@LONG
@pytest.mark.parametrize("trainer", ["default", "ddp_cpu"])
def test_train_gives_the_same_metrics_when_it_was_killed_within_an_epoch_and_resumed(
    runner: Runner, trainer: str
) -> None:
    epoch = ["data.loader.crops_per_epoch=40000", "data.loader.batch_size=32"]  # 1250 steps
    lean = ["threads=1", "model=pico", "export=fp32", "heuristics.members=null"]
    overrides = ["debug=fast", f"trainer={trainer}", "trainer.max_epochs=1", *epoch, *lean]
    before = set(runner.folders())
    done = runner(*overrides)
    assert done.returncode == 0, done.stderr[-3000:]
    (whole,) = set(runner.folders()) - before
    process = runner.start(*overrides)
    folder = runner.first_epoch_of(process)
    process.kill()
    process.communicate()
    assert [path.name for path in folder.glob("checkpoints/*")] == ["within.ckpt"]
    done = runner(f"resume={folder}")
    assert done.returncode == 0, done.stderr[-3000:]
    assert judged_of(folder) == judged_of(whole)


@pytest.fixture(scope="module")
def miniatures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn eyes under the names and in the layout of the real archives."""
    folder = tmp_path_factory.mktemp("miniatures")
    write_zip(
        folder / "mrlEyes_2018_01.zip", mrl_members(people=30, crops=4, sensors=("01", "01", "02"))
    )
    write_zip(folder / "dataset_B_Eye_Images.zip", cew_members(faces=60))
    return folder


LEAN = (
    *("logger=csv", "export=fp32", "heuristics.members=null", "trainer.max_epochs=1", "threads=1"),
    *("data.loader.crops_per_epoch=128", "data.loader.batch_size=128", "data.loader.workers=0"),
    *("inspection.steps=100", "inspection.crops=60", "latency=null"),
)
BUNDLES = {"data_set_out": "without-cew", "sensor_out": "without-IDS"}


@pytest.fixture(scope="module")
def teacher(runner: Runner, miniatures: Path) -> Path:
    """A bundle of the experiment `large`, made small, that may teach the others."""
    before = set(runner.folders())
    small = ("model=pico", "input=grey32", "data.loader.working_size=48")
    done = runner("experiment=large", *small, *LEAN, *FEW, data=miniatures)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = set(runner.folders()) - before
    return folder / "bundles" / "eye-large"


def experiments() -> list[Any]:
    """All but `large`, which `teacher` is; but for the one that it teaches, they are long."""
    names = sorted(path.stem for path in ROOT.glob("conf/experiment/*.yaml"))
    names.remove("large")
    return [pytest.param(name, marks=[] if name == "standard" else [LONG]) for name in names]


@pytest.mark.parametrize("experiment", experiments())
def test_experiment_goes_all_the_way_when_it_has_one_batch(
    runner: Runner, miniatures: Path, teacher: Path, experiment: str
) -> None:
    before = set(runner.folders())
    few = () if experiment in ("honest", "leaky", "sensor_out") else FEW  # these render nothing
    teachers = {"standard": [str(teacher)], "pico": [str(teacher)], "rendered_only": []}
    taught = [f"optim.loss.teachers={teachers[experiment]}"] if experiment in teachers else []
    done = runner(f"experiment={experiment}", *LEAN, *few, *taught, data=miniatures)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = set(runner.folders()) - before
    assert (folder / "report.html").is_file()
    name = BUNDLES.get(experiment, experiment.replace("_", "-"))
    bundle = load_bundle(folder / "bundles" / f"eye-{name}")
    assert (bundle.kind, list(bundle.precisions)) == ("net", ["fp32"])
    for test in judged_of(folder):
        is_leaky = experiment == "leaky"
        assert ("LEAKY" in test["protocol"], test["looks"] is None) == (is_leaky, is_leaky)


def test_teacher_is_refused_when_it_was_trained_on_other_data(
    runner: Runner, miniatures: Path, teacher: Path
) -> None:
    taught = ("optim/loss=distilled", f"optim.loss.teachers=[{teacher}]")
    before = set(runner.folders())
    done = runner("data=few", "logger=wandb", *SMALL, *taught, data=miniatures)
    (folder,) = set(runner.folders()) - before
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "did not hold out the very people who validate and test here" in said
    assert "Traceback" not in said
    assert read_offline_run(folder).exit_code == 1  # which W&B shows as failed


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["trainer.max_epoch=3"], "trainer.max_epoch"),
        (["model=huge"], "Could not find 'model/huge'"),
        (["resume=nowhere"], "no run to go on with"),
        pytest.param(["input.height=7", "debug=fast"], "InputSpec.height is 7", marks=LONG),
        pytest.param(["seed=-1", "debug=fast"], "seed must be a whole number", marks=LONG),
        pytest.param(["+data.loader.foo=3", "debug=fast"], "full_key: data.loader", marks=LONG),
        (["experiment=real"], "mrlEyes_2018_01.zip is missing"),
        (["-m", "debug=fast", "trainer=ddp_cpu"], "In a sweep (-m) a job trains in one process"),
    ],
)
def test_train_says_what_is_wrong_when_it_cannot_start(
    runner: Runner, overrides: list[str], message: str
) -> None:
    before = runner.folders()
    done = runner(*overrides)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert message in said
    assert "Traceback" not in said
    assert not Path("nowhere").exists()
    for folder in set(runner.folders()) - set(before):
        assert not list(folder.glob("*.html"))


def test_train_says_how_it_goes_on_when_it_is_interrupted(runner: Runner) -> None:
    process = runner.start("debug=fast", "logger=wandb", "trainer.max_epochs=500", *SMALL)
    folder = runner.first_epoch_of(process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert f"It goes on with: python train.py resume={folder}" in said
    assert not (folder / "report.html").exists()
    assert read_offline_run(folder).exit_code == 255  # killed, for W&B


@LONG
def test_train_ships_a_net_that_sees_colour_when_input_says_so(runner: Runner) -> None:
    before = set(runner.folders())
    lean = ("input=rgb32", "model=pico", "heuristics.members=null", "trainer.max_epochs=1")
    done = runner("debug=fast", "export=fp32", *lean)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = set(runner.folders()) - before
    bundle = load_bundle(folder / "bundles" / "eye-fast")
    assert list(bundle.precisions) == ["fp32"]
    assert bundle.spec.colour == "rgb"
    assert bundle.provenance["parameters"] > 6000
