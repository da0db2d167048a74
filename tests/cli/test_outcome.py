from pathlib import Path

import pytest

from blink.cli.outcome import leave


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
