from pathlib import Path

import pytest

from blink.cli import main
from blink.cli.outcome import leave, refuse_other
from blink.contract import ConfigError
from tests import crafted


def test_leave_writes_sorted_json_and_says_where_when_given_an_outcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(tmp_path / "new" / "done.json", {"b": "é", "a": [1, None]})

    text = (tmp_path / "new" / "done.json").read_text("utf-8")
    assert text == '{\n  "a": [\n    1,\n    null\n  ],\n  "b": "é"\n}\n'
    assert capsys.readouterr().out == f"Wrote {tmp_path / 'new' / 'done.json'}\n"


def test_leave_keeps_the_old_file_when_the_outcome_is_no_json(tmp_path: Path) -> None:
    leave(tmp_path / "done.json", {"a": 1})

    with pytest.raises(ValueError, match="not JSON compliant"):
        leave(tmp_path / "done.json", {"a": float("nan")})

    assert '"a": 1' in (tmp_path / "done.json").read_text("utf-8")


@pytest.mark.parametrize("outcome", [{}, {"b": "é", "a": [1, 0.1, None, {}]}, None])
def test_refuse_other_says_nothing_when_a_file_is_an_older_outcome_empty_or_missing(
    tmp_path: Path, outcome: dict[str, object] | None
) -> None:
    refuse_other(tmp_path / "missing.json")
    (tmp_path / "done.json").touch()
    if outcome is not None:
        leave(tmp_path / "done.json", outcome)

    refuse_other(tmp_path / "done.json")


@pytest.mark.parametrize(
    "content",
    [b"precious\n", b"42\n", b'{"name": "mine"}\n', b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}'],
)
def test_refuse_other_refuses_when_a_file_is_no_outcome(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine").write_bytes(content)

    with pytest.raises(ConfigError, match="mine is there already, and is no outcome of a command"):
        refuse_other(tmp_path / "mine")


@pytest.mark.parametrize(
    "words",
    ["advise --target t b", "bundle show b", "compare b b", "data shard a --split s --out o"],
)
def test_command_does_nothing_when_its_json_would_replace_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    crafted.craft(tmp_path / "b")
    Path("mine").write_text("precious")

    assert main([*words.split(), "--json", "mine"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "mine is there already, and is no outcome of a command" in shown.err
    assert Path("mine").read_text() == "precious"
