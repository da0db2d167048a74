from pathlib import Path
from textwrap import dedent

import pytest

from blink.contract import BlinkError
from blink.evaluation.latency import measure_latency
from blink.evaluation.results import Latency

HONEST = """
    import argparse, json, pathlib, sys
    print("half way", file=sys.stderr)
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--out")
    given = parser.parse_args()
    graphs = [
        {"bundle": bundle, "precision": precision, "p50_us": 10.5 + place, "p99_us": 20.5,
         "ratio_to_empty_graph": 1.5}
        for place, bundle in enumerate(given.bundles)
        for precision in ("fp32", "int8")
    ]
    found = {"cpu": "a CPU", "onnxruntime": "1", "threads": 1, "empty_graph_us": 7.0,
             "graphs": graphs}
    pathlib.Path(given.out).write_text(json.dumps(found))
"""


def program(folder: Path, text: str) -> Path:
    path = folder / "benchmark.py"
    path.write_text(dedent(text))
    return path


def test_measure_latency_finds_each_precision_of_each_bundle_when_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = [tmp_path / "zoo" / "eye net", tmp_path / "zoo" / "vote"]
    found = measure_latency(program(tmp_path, HONEST), bundles)
    assert found == {
        (bundles[0], "fp32"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[0], "int8"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "fp32"): Latency(11.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "int8"): Latency(11.5, 20.5, 1.5, "a CPU"),
    }
    assert capsys.readouterr().err == "half way\n"


def test_measure_latency_starts_nothing_when_there_are_no_bundles(tmp_path: Path) -> None:
    assert measure_latency(tmp_path / "not there.py", []) == {}


def test_measure_latency_tells_the_last_lines_when_the_benchmark_fails(tmp_path: Path) -> None:
    benchmark = program(
        tmp_path,
        """
        import sys
        print("\\n".join(f"line {number}" for number in range(9)), file=sys.stderr)
        sys.exit("bundle.json was changed after the export.")
        """,
    )
    with pytest.raises(BlinkError, match=r"failed with exit code 1") as caught:
        measure_latency(benchmark, [tmp_path / "net"])
    told = str(caught.value).splitlines()[1:]
    assert told == [
        *(f"line {n}" for n in range(5, 9)),
        "bundle.json was changed after the export.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ended well but left no JSON"),
        ("import sys; open(sys.argv[-1], 'w').write('{')", "ended well but left no JSON"),
        ("import sys; open(sys.argv[-1], 'w').write('{}')", "does not know.*graphs"),
    ],
)
def test_measure_latency_says_so_when_the_benchmark_breaks_its_word(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BlinkError, match=message):
        measure_latency(program(tmp_path, text), [tmp_path / "net"])


def test_measure_latency_tells_bundles_of_one_name_apart_when_folders_differ(
    tmp_path: Path,
) -> None:
    bundles = [tmp_path / "a" / "net", tmp_path / "b" / "net"]
    found = measure_latency(program(tmp_path, HONEST), bundles)
    assert [found[bundle, "int8"].p50_us for bundle in bundles] == [10.5, 11.5]
