from pathlib import Path

import pytest

from blink.cli import main
from blink.runtime.entries import FILE


@pytest.mark.parametrize(
    "words",
    [
        "advise --target t b --json",
        "bundle diff a b --json",
        "bundle keys",
        "bundle show b --json",
        "compare a b --json",
        "compare a b --out",
        "data audit a --out",
        "data diff a b --json",
        "data import mrl a --out",
        "data log a --json",
        "data merge a b --out",
        "data relabel a c.csv --out",
        "data shard a --split s.csv --out",
        "data shard a --split s.csv --out s3://bucket/a --json",
        "data show a id --picture",
        "data split a --out",
        "evaluate b --data a --out",
        "predict b a --annotate",
        "runs archive r --to",
    ],
)
def test_command_does_nothing_when_it_would_write_into_a_bundle(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / FILE).write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert main([*words.split(), "bundle/new.csv"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "bundle/new.csv would lie in a bundle's folder" in shown.err
    assert [path.name for path in tmp_path.rglob("*")] == ["bundle", FILE]
