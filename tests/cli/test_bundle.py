import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from blink.cli import main
from blink.contract import OperatingPoint
from blink.export import record_metrics, record_operating_point
from blink.runtime import load_bundle
from tests import crafted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle."""
    return crafted.craft(tmp_path / "crafted")


def run(capsys: pytest.CaptureFixture[str], *words: Any) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `blink bundle …`."""
    status = main(["bundle", *map(str, words)])
    written = capsys.readouterr()
    return status, written.out, written.err


def test_verify_says_all_is_well_when_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "verify", folder)

    assert status == 0
    assert "crafted: 5 files, none missing, none changed" in out
    assert "signature: none" in out
    for precision in crafted.FILES:
        assert f"{precision}: examined; 4 golden answers, off by at most" in out


def test_verify_names_the_file_when_it_was_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "fp32.onnx").write_bytes(b"?")

    status, out, error = run(capsys, "verify", folder)

    assert status == 1
    assert out == ""
    assert "fp32.onnx was changed after the export" in error


def test_verify_refuses_when_a_precision_answers_otherwise(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crafted.forge(folder, lambda c: c["golden"]["p_closed"]["fp16"].__setitem__(0, 0.5))

    status, _, error = run(capsys, "verify", folder)

    assert status == 1
    assert "(fp16) does not give its golden answers" in error


def test_sign_and_verify_agree_when_the_key_is_the_same(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "release.pem"
    status, out, _ = run(capsys, "keys", key)
    public = out.rsplit("public: ", 1)[1].strip().rstrip(")")
    assert status == 0

    assert run(capsys, "verify", folder, "--key", f"{key}.pub")[0] == 1
    assert run(capsys, "sign", folder, "--key", key)[:2] == (
        0,
        f"Wrote {folder}/signature.json: crafted, signed by {public}\n",
    )

    assert f"right, by {public}" in run(capsys, "verify", folder, "--key", f"{key}.pub")[1]
    assert f"right, by {public}" in run(capsys, "verify", folder, "--key", public)[1]
    assert f"by {public}; not checked" in run(capsys, "verify", folder)[1]
    assert run(capsys, "keys", tmp_path / "other.pem")[0] == 0
    status, _, error = run(capsys, "verify", folder, "--key", tmp_path / "other.pem.pub")
    assert status == 1
    assert "none of the 1 trusted keys" in error


def test_sign_signs_again_when_the_bundle_has_changed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "keys", tmp_path / "key.pem")
    run(capsys, "sign", folder, "--key", tmp_path / "key.pem")
    crafted.forge(folder, lambda c: c["metrics"].update(more={}))

    status, _, error = run(capsys, "verify", folder)
    assert status == 1
    assert "signs another state of the bundle" in error
    assert run(capsys, "sign", folder, "--key", tmp_path / "key.pem")[0] == 0
    assert run(capsys, "verify", folder, "--key", tmp_path / "key.pem.pub")[0] == 0


def test_signature_is_dropped_when_metrics_or_another_threshold_are_recorded(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "keys", tmp_path / "key.pem")
    run(capsys, "sign", folder, "--key", tmp_path / "key.pem")
    assert (folder / "signature.json").exists()

    record_metrics(load_bundle(folder), {})

    assert not (folder / "signature.json").exists()
    run(capsys, "sign", folder, "--key", tmp_path / "key.pem")
    assert record_operating_point(load_bundle(folder), OperatingPoint(0.6)).name == "crafted"
    assert not (folder / "signature.json").exists()
    assert run(capsys, "verify", folder)[0] == 0


def test_diff_is_content_when_bundles_are_the_same(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")

    status, out, _ = run(capsys, "diff", folder, other)

    assert (status, out) == (0, f"{folder} and {other} are the same.\n")


def test_diff_says_what_differs_when_they_do(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    crafted.forge_graph(other, lambda m: setattr(m.graph, "name", "other graph"))
    crafted.forge(other, lambda c: c["provenance"].update(commit="4567"))

    status, out, _ = run(capsys, "diff", folder, other, "--json", tmp_path / "diff.json")

    assert status == 2
    assert "provenance.commit: 0123 → 4567" in out
    assert "golden answers: up to 0" in out
    found = json.loads((tmp_path / "diff.json").read_text())
    assert found["changes"] == [{"entry": "provenance.commit", "before": "0123", "after": "4567"}]
    assert [graph["precision"] for graph in found["graphs"]] == ["fp32"]


def test_diff_shows_where_values_begin_to_differ_when_they_are_long(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    crafted.forge(folder, lambda c: c["provenance"].update(notes="word " * 40 + "light" + "!" * 99))
    crafted.forge(other, lambda c: c["provenance"].update(notes="word " * 40 + "dark"))

    _, out, _ = run(capsys, "diff", folder, other)

    before = "…" + ("word " * 3)[-12:] + "light" + "!" * 41 + "…"
    assert f"provenance.notes: {before} → …" + ("word " * 3)[-12:] + "dark\n" in out


def test_show_and_diff_keep_their_lines_when_a_bundle_has_words_that_a_terminal_obeys(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    licence = "free\x1b[1A\x1b[2Ksigned by    ACME"
    crafted.forge(other, lambda c: c["provenance"].update({"licence": licence, "a\nb": "c\rd"}))
    crafted.forge(other, lambda c: c["metrics"].update({"eyes\nsigned by  ACME": {}}))

    shown, told = run(capsys, "show", other)[1], run(capsys, "diff", folder, other)[1]

    sign = "\N{REPLACEMENT CHARACTER}"
    assert f"licence      free{sign}[1A{sign}[2Ksigned by    ACME\n" in shown
    assert f"tested on    eyes{sign}signed by  ACME\n" in shown
    assert f"  provenance.a{sign}b: missing → c{sign}d\n" in told


@pytest.mark.parametrize("place", ["crafted/out.json", "crafted/deep/latency.json", "link/.out"])
@pytest.mark.parametrize(
    "words", [["show", "crafted"], ["show", "other"], ["diff", "crafted", "other"]]
)
def test_show_and_diff_write_nothing_when_the_file_would_lie_in_the_bundle(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    place: str,
) -> None:
    monkeypatch.chdir(folder.parent)
    shutil.copytree(folder, "other")
    Path("link").symlink_to("other" if words[0] == "diff" else "crafted")

    status, out, error = run(capsys, *words, "--json", place)

    assert (status, out) == (1, "")
    assert f"{place} would lie in a bundle's folder" in error
    assert not Path(place).exists()
    assert load_bundle(folder).name == "crafted"


@pytest.mark.parametrize(
    "words", [["show", "crafted", "--json", "."], ["keys", "."], ["pack", "/"]]
)
def test_bundle_ends_with_a_message_when_a_path_has_no_name(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(folder.parent)

    status, _, error = run(capsys, *words)

    assert status == 1
    assert error.endswith(".\n")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["crafted"]


def test_diff_replaces_letters_when_the_terminal_has_none_for_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    crafted.forge(other, lambda c: c["provenance"].update(commit="4567"))
    shown = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="strict")
    monkeypatch.setattr(sys, "stdout", shown)

    assert main(["bundle", "diff", str(folder), str(other)]) == 2

    shown.seek(0)
    assert "  provenance.commit: 0123 ? 4567\n" in shown.read()


def test_unpack_gives_the_bundle_back_when_it_was_packed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "pack", folder)[0] == 0
    packed = tmp_path / "crafted.blink"
    assert run(capsys, "verify", packed)[0] == 0
    shutil.rmtree(folder)

    status, out, _ = run(capsys, "unpack", packed)

    assert (status, out) == (0, f"Wrote {folder}: crafted, whole\n")
    assert run(capsys, "diff", packed, folder)[0] == 0


def test_messages_name_the_packed_file_when_it_was_unpacked_for_the_while(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crafted.forge(folder, lambda c: c["golden"]["p_closed"]["fp16"].__setitem__(0, 0.5))
    packed = tmp_path / "a.blink"
    run(capsys, "pack", folder, packed)
    run(capsys, "keys", tmp_path / "key.pem")

    status, _, error = run(capsys, "verify", packed)
    assert status == 1
    assert error.startswith(f"{packed} (fp16) does not give its golden answers")
    _, _, error = run(capsys, "verify", packed, "--key", tmp_path / "key.pem.pub")
    assert error.startswith(f"{packed} is not signed")


def test_unpack_asks_for_a_folder_when_the_name_does_not_say_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "pack", folder, tmp_path / "packed.zip")

    status, _, error = run(capsys, "unpack", tmp_path / "packed.zip")
    assert status == 1
    assert "say to which folder" in error
    assert run(capsys, "unpack", tmp_path / "packed.zip", tmp_path / "out")[0] == 0


def test_attach_says_why_when_the_file_is_no_latency(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latency.json").write_text("{}")

    status, _, error = run(capsys, "attach", folder, tmp_path / "latency.json")

    assert status == 1
    assert "latency.json" in error
    assert not list(folder.glob("latency*"))
