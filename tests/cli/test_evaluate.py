import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from blink.cli import main
from blink.data.manifest import Manifest, write_manifest
from blink.data.split import Split, seal_split
from blink.entry import evaluating
from blink.evaluation import read_predictions
from blink.latency import Benchmark
from blink.runs import State, read_run
from blink.runtime import Bundle, Detector, load_bundle
from blink.target.reading import FOLDER as TARGETS
from tests.data.drawing import rows
from tests.evaluation.foreign.graphs import write_adapter, write_linear


@dataclass
class Asked:
    """`blink evaluate` on a few rendered people, within a folder of its own."""

    folder: Path
    manifest: Manifest
    split: Split

    def __call__(self, *words: object) -> int:
        data = ["--data", str(self.manifest.folder), "--split", str(self.folder / "split.csv")]
        out = ["--out", str(self.folder / "out")]
        return main(["evaluate", *map(str, words), *data, "--no-latency", *out])

    @property
    def out(self) -> Path:
        return self.folder / "out"


@pytest.fixture
def evaluate(
    tmp_path: Path, rendered: tuple[Manifest, Split], monkeypatch: pytest.MonkeyPatch
) -> Asked:
    monkeypatch.chdir(tmp_path)
    rendered[1].write(tmp_path / "split.csv")
    return Asked(tmp_path, *rendered)


def test_evaluate_leaves_what_the_runtime_says_of_test_people_when_a_bundle_is_named(
    evaluate: Asked, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(bundle.folder) == 0

    rows = evaluate.split.rows(evaluate.manifest, "test")
    crops = list(evaluate.manifest.crops(rows))
    for precision in bundle.precisions:
        kept = read_predictions(
            evaluate.out / "predictions" / f"drawn-{precision}-on-rendered.parquet"
        )
        alone = [Detector(bundle, precision).predict([crop])[0] for crop in crops]
        assert np.array_equal(kept["p_closed"], np.array(alone))
        assert kept["id"].tolist() == evaluate.manifest.table["id"].iloc[rows].tolist()
    assert sorted(path.name for path in evaluate.out.iterdir()) == [
        "bundles",
        "metrics.json",
        "mistakes",
        "pictures",
        "predictions",
        "report.html",
        "status.json",
    ]
    run = read_run(evaluate.out)
    assert (run.state, run.name, run.about.epochs) == (State.FINISHED, "drawn", None)
    assert run.headline is not None
    assert (run.headline.data, run.headline.precision) == ("rendered", "int8")
    said = capsys.readouterr().out
    assert "| rendered | **drawn int8** |" in said
    assert "CAUTION: drawn may have been trained on the people judged here" in said
    assert said.endswith(f"Report: {evaluate.out / 'report.html'}\n")
    facts = json.loads((evaluate.out / "metrics.json").read_text())["facts"]
    assert facts["predicted"] == "image by image, as at runtime"
    assert facts["command"].startswith(f"blink evaluate {bundle.folder} --data ")


def test_evaluate_gives_the_same_numbers_when_batches_are_allowed(
    evaluate: Asked, bundle: Bundle
) -> None:
    assert evaluate(bundle.folder, "--precision", "int8") == 0
    alone = (evaluate.out / "predictions" / "drawn-int8-on-rendered.parquet").read_bytes()
    shutil.rmtree(evaluate.out)
    assert evaluate(bundle.folder, "--precision", "int8", "--batched") == 0
    (together,) = (evaluate.out / "predictions").iterdir()
    assert together.read_bytes() == alone
    facts = json.loads((evaluate.out / "metrics.json").read_text())["facts"]
    assert facts["predicted"].startswith("in batches of 64, which gave the same bits")


def test_evaluate_leaves_test_people_alone_when_validation_people_are_judged(
    evaluate: Asked, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = seal_split(evaluate.folder / "split.csv")
    assert evaluate(bundle.folder, "--precision", "int8", "--judged", "val") == 0
    assert ledger.looks() == []
    kept = read_predictions(evaluate.out / "predictions" / "drawn-int8-on-rendered.parquet")
    rows = evaluate.split.rows(evaluate.manifest, "val")
    assert kept["id"].tolist() == evaluate.manifest.table["id"].iloc[rows].tolist()
    facts = json.loads((evaluate.out / "metrics.json").read_text())
    assert " --judged val" in facts["facts"]["command"]
    assert facts["tests"][0]["role"] == "val"
    assert "people judged here" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("people", "whose"),
    [
        ({"p0": [0, 1], "p1": [1, 0, 0]}, "2 of 2 people"),
        ({None: [0, 1, 1]}, "people unknown"),
        ({"p0": [0, 1], None: [0, 1, 1]}, "1 of 1 person and people unknown"),
    ],
)
def test_evaluate_judges_everybody_without_a_split_when_all_are_asked_for(
    bundle: Bundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    people: dict[str | None, list[int]],
    whose: str,
) -> None:
    manifest = write_manifest(tmp_path / "mine", rows("mine", people))
    words = ["--data", str(manifest.folder), "--judged", "all", "--precision", "int8"]
    out = tmp_path / "out"
    assert main(["evaluate", str(bundle.folder), *words, "--no-latency", "--out", str(out)]) == 0
    kept = read_predictions(out / "predictions" / "drawn-int8-on-mine.parquet")
    assert kept["id"].tolist() == manifest.table["id"].tolist()
    test = json.loads((out / "metrics.json").read_text())["tests"][0]
    assert test["role"] == "test"
    assert "Judged on all people of" in (out / "status.json").read_text()
    protocol = test["protocol"][:1].lower() + test["protocol"][1:]
    assert protocol.startswith(f"{whose}; NOT KNOWN to be other people")
    assert test["protocol"] in capsys.readouterr().out


def test_evaluate_puts_a_peer_into_the_same_table_and_doubts_it_when_it_is_turned_round(
    evaluate: Asked, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = write_linear(evaluate.folder / "peer.onnx", [0.5])
    peer = write_adapter(graph, trained_on=[])
    assert evaluate(bundle.folder, peer, "--precision", "fp32") == 0
    said = capsys.readouterr().out
    assert "| rendered | peer fp32      |" in said
    assert "CAUTION: drawn may" in said


def test_evaluate_counts_a_look_when_the_test_people_are_sealed(
    evaluate: Asked, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = seal_split(evaluate.folder / "split.csv")
    assert evaluate(bundle.folder, "--precision", "int8") == 0
    (look,) = ledger.looks()
    assert (look.name, look.run, list(look.bundles)) == ("evaluate", "out", ["drawn"])
    assert "looked at once." in capsys.readouterr().out
    assert evaluate("gone") == 1
    assert len(ledger.looks()) == 1


def test_evaluate_keeps_the_threshold_that_it_judged_by_when_there_is_a_target(
    evaluate: Asked, bundle: Bundle
) -> None:
    without_knobs = (TARGETS / "photo_check.yaml").read_text().partition("knobs:")[0]
    (evaluate.folder / "photo_check.yaml").write_text(without_knobs)
    assert evaluate(bundle.folder, "--target", "photo_check.yaml") in (0, 2)
    (test,) = json.loads((evaluate.out / "metrics.json").read_text())["tests"]
    judged = [row["evaluation"]["operating_point"] for row in test["rows"]]
    kept = load_bundle(evaluate.out / "bundles" / "drawn")
    assert kept.operating_point.rule == "least expected cost for photo_check on validation people"
    assert judged == [kept.operating_point.to_dict()] * len(bundle.precisions)
    assert kept.operating_point != bundle.operating_point
    assert load_bundle(bundle.folder).operating_point == bundle.operating_point


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone"], "gone is missing. Name a bundle's folder"),
        (["BUNDLE", "BUNDLE"], "is named twice"),
        (["BUNDLE", "--precision", "int4"], "Nothing here is int4"),
        (["BUNDLE", "--data", "reel"], "There are no data 'reel'"),
        (["BUNDLE", "--split", "gone.csv"], "there is no such split"),
        (["BUNDLE", "--target", "gone.yaml"], "gone.yaml"),
        (["BUNDLE", "--judged", "train"], "'train' is not one of 'test', 'val', 'all'"),
        (["BUNDLE", "--judged", "all"], "split.csv says who is tested. Leave one of them out"),
        (["BUNDLE", "--judged", "val", "--target", "eye_drops"], "Leave one out"),
    ],
)
def test_evaluate_ends_with_1_and_leaves_nothing_when_something_is_wrong(
    evaluate: Asked,
    bundle: Bundle,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    assert evaluate(*[str(bundle.folder) if word == "BUNDLE" else word for word in words]) == 1
    assert said in capsys.readouterr().err
    assert [path.name for path in evaluate.folder.iterdir()] == ["split.csv"]


def test_evaluate_leaves_no_folder_when_it_is_stopped(
    evaluate: Asked, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        assert list(evaluate.folder.glob(".out.*/predictions/*.parquet"))
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluating, "write_report", stopped)
    assert evaluate(bundle.folder, "--precision", "int8") == 130
    assert [path.name for path in evaluate.folder.iterdir()] == ["split.csv"]


def test_evaluate_overwrites_nothing_when_there_are_results_already(
    evaluate: Asked, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.out.mkdir()
    (evaluate.out / "notes.txt").write_text("mine")
    assert evaluate(bundle.folder) == 1
    assert "Nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in evaluate.out.iterdir()] == ["notes.txt"]


def test_evaluate_judges_nothing_when_the_results_would_lie_in_a_bundle(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "copy"))
    assert (
        main(["evaluate", str(bundle.folder), "--data", "real", "--out", str(folder / "out")]) == 1
    )
    assert "copy/out would lie in a bundle's folder" in capsys.readouterr().err
    assert load_bundle(folder).name == bundle.name


def test_evaluate_says_why_there_is_no_latency_when_the_benchmark_is_not_installed(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Benchmark(tmp_path / "benchmark.py")
    monkeypatch.setattr(evaluating, "Benchmark", lambda: missing)
    manifest = write_manifest(tmp_path / "mine", rows("mine", {"p0": [0, 1]}))
    words = ["--data", str(manifest.folder), "--judged", "all", "--precision", "int8"]
    assert main(["evaluate", str(bundle.folder), *words, "--out", str(tmp_path / "out")]) == 0
    facts = json.loads((tmp_path / "out" / "metrics.json").read_text())["facts"]
    assert facts["latency"] == (
        "not measured: benchmark.py is in the repository, not in this installation"
    )
