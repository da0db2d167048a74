import re
from pathlib import Path

import pytest

from benchmarks.packing import main
from tests.data.drawing import crowd, data_set


def test_packing_prints_its_table_and_leaves_nothing_when_it_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_set(tmp_path / "set", crowd(4))
    assert main([str(tmp_path / "set"), "--repeats", "1", "--size", "16"]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"\| drawn \| 16 \| [\d,]+ \| [\d,]+ \| \d+% \| \d+% \| \d+\.\d \|", row)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_packing_says_so_when_the_folder_is_no_data_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "manifest.parquet is missing" in capsys.readouterr().err
