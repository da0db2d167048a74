import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from blink.cli import main, predict
from blink.cli.answers import Answer, answer_pictures
from blink.cli.picture_files import find_pictures, read_picture
from blink.runtime import Bundle, Detector, load_bundle
from blink.runtime.strict_json import read_json
from tests.exported import bundle_with_openness, draw


@pytest.fixture
def eyes(tmp_path: Path) -> Path:
    """A folder of drawn eyes: closed, open, closed and grey, the last one folder deeper."""
    rng = np.random.default_rng(4)
    folder = tmp_path / "eyes"
    (folder / "b").mkdir(parents=True)
    cv2.imwrite(str(folder / "c.png"), draw(True, rng, 48)[..., ::-1])
    cv2.imwrite(str(folder / "a.JPG"), draw(False, rng, 32)[..., ::-1])
    cv2.imwrite(str(folder / "b" / "d.bmp"), draw(True, rng, 30)[..., 1])
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"no picture")
    return folder


def lines_of(shown: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in shown.splitlines()]


def test_predict_answers_in_order_of_names_when_given_a_folder(
    bundle: Bundle, eyes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(bundle.folder), str(eyes)]) == 0
    shown = capsys.readouterr()
    head, *rows = shown.out.splitlines()
    assert head.split() == ["p_closed", "eye", "usable", "picture"]
    expected = [("open", "a.JPG"), ("closed", "c.png"), ("closed", str(Path("b", "d.bmp")))]
    found = [row.split()[1:] for row in rows]
    assert found == [[eye, "yes", str(eyes / name)] for eye, name in expected]
    assert shown.err.endswith("2 closed, 1 open at threshold 0.45; passed over: 1 .txt\n")
    assert "3/3" in shown.err  # progress


def test_predict_shows_openness_when_the_bundle_has_it(
    eyes: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = bundle_with_openness(tmp_path_factory.getbasetemp())
    assert main(["predict", str(opened.folder), str(eyes)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["p_closed", "eye", "openness", "usable", "picture"]
    paths = [eyes / "a.JPG", eyes / "c.png", eyes / "b" / "d.bmp"]
    openness = Detector(opened).openness([read_picture(path) for path in paths])
    assert [row.split()[2] for row in rows] == [f"{value:.2f}" for value in openness]
    assert openness[0] > openness[1]

    assert main(["predict", str(opened.folder), str(eyes / "c.png"), "--json"]) == 0
    (line,) = lines_of(capsys.readouterr().out)
    assert line["openness"] == pytest.approx(openness[1], abs=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_predict_gives_json_as_the_detector_answers_when_asked(
    bundle: Bundle, eyes: Path, precision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["predict", str(bundle.folder), str(eyes / "c.png"), str(eyes / "b"), "--json"]
    assert main([*words, "--precision", precision, "--threads", "2"]) == 0
    paths = [eyes / "c.png", eyes / "b" / "d.bmp"]
    p_closed = Detector(bundle, precision).predict([read_picture(path) for path in paths])
    common = {"closed": True, "usable": True, "reason": None}
    assert lines_of(capsys.readouterr().out) == [
        {"path": str(path), "p_closed": pytest.approx(p, abs=1e-6), **common}
        for path, p in zip(paths, p_closed, strict=True)
    ]


VIDEO = "; .mp4 is a video: cut eye crops from it first"


def test_predict_does_the_rest_when_some_cannot_be_read(
    bundle: Bundle, eyes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (eyes / "b" / "broken.png").write_bytes((eyes / "c.png").read_bytes()[:40])
    (eyes / "b" / "empty.jpg").touch()
    (eyes / "b" / "huge.png").touch()
    os.truncate(eyes / "b" / "huge.png", (1 << 28) + 1)  # takes no room
    cv2.imwrite(str(eyes / "b" / "infrared.png"), np.full((40, 40), 900, np.uint16))
    cv2.imwrite(str(eyes / "b" / "photo.png"), np.zeros((5000, 40), np.uint8))
    (eyes / "drive.mp4").write_bytes(b"no picture")
    (eyes / "long.mov").touch()
    os.truncate(eyes / "long.mov", (1 << 28) + 1)
    missing = eyes / "missing.png"
    words = ["predict", str(bundle.folder), str(eyes / "b"), str(missing)]
    named = [str(eyes / name) for name in ("notes.txt", "drive.mp4", "long.mov")]
    assert main([*words, *named, "--json"]) == 1
    shown = capfd.readouterr()
    found = {Path(str(line["path"])).name: line.get("error") for line in lines_of(shown.out)}
    assert "lie in the lowest quarter of 16 bits" in str(found.pop("infrared.png"))
    assert found == {
        "broken.png": "it is no picture, or a damaged one",
        "drive.mp4": f"it is no picture, or a damaged one{VIDEO}",
        "long.mov": f"268,435,457 bytes are no eye crop; it was not read{VIDEO}".replace(
            "mp4", "mov"
        ),
        "d.bmp": None,
        "empty.jpg": "the file is empty",
        "huge.png": "268,435,457 bytes are no eye crop; it was not read",
        "photo.png": "40×5000 pixels is no eye crop; it was not decoded",
        "missing.png": "it cannot be opened (No such file or directory)",
        "notes.txt": "it is no picture, or a damaged one",
    }
    assert f"{missing}: it cannot be opened (No such file or directory)" in shown.err
    assert "1 closed, 0 open at threshold 0.45; 9 could not be read" in shown.err
    assert "[ WARN" not in shown.err  # cv2's own words


def test_find_pictures_passes_links_to_folders_over_when_they_lie_in_one(eyes: Path) -> None:
    (eyes / "round").symlink_to(eyes, target_is_directory=True)
    names = [Path("a.JPG"), Path("c.png"), Path("b", "d.bmp")]
    assert [found.name for found in find_pictures([eyes]).pictures] == names
    assert [found.name for found in find_pictures([eyes / "round"]).pictures] == names


def test_predict_refuses_when_the_threads_are_far_too_many(
    bundle: Bundle, eyes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(bundle.folder), str(eyes), "--threads", "257"]) == 1
    assert "1 to 256, not 257" in capsys.readouterr().err


def test_predict_takes_the_upper_eight_when_the_camera_has_fewer_bits_than_sixteen(
    bundle: Bundle, eyes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eye = cv2.imread(str(eyes / "c.png"))
    assert eye is not None
    cv2.imwrite(str(tmp_path / "deep.png"), eye.astype(np.uint16) << 4 | 9)  # of 12 bits
    words = ["predict", str(bundle.folder), str(tmp_path / "deep.png")]
    assert main(words) == 1
    assert "say so with --bits 10, 12 or 14" in capsys.readouterr().err
    assert main([*words, "--bits", "10"]) == 1
    assert "more than the 10 bits that --bits 10 says" in capsys.readouterr().err
    assert main([*words, "--bits", "8"]) == 1
    assert capsys.readouterr().err == "--bits 8: of 16 bits a camera has 9 to 16.\n"

    assert main([*words, str(eyes / "c.png"), "--bits", "12", "--json"]) == 0
    deep, plain = lines_of(capsys.readouterr().out)
    assert deep["p_closed"] == plain["p_closed"]


def test_predict_says_what_is_not_usable_when_it_sees_nothing(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((40, 40), 100, np.uint8))
    cv2.imwrite(str(tmp_path / "tiny.png"), np.full((7, 40), 100, np.uint8))
    assert main(["predict", str(bundle.folder), str(tmp_path)]) == 0
    shown = capsys.readouterr()
    _, blank, tiny = shown.out.splitlines()
    assert blank.split()[2:] == ["blank", str(tmp_path / "blank.png")]
    assert tiny.split() == ["–", "–", "too", "small", str(tmp_path / "tiny.png")]
    assert "; 2 not usable" in shown.err


def test_predict_leaves_annotated_copies_when_asked(
    bundle: Bundle, eyes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "looked" / "at"
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.png").write_bytes((eyes / "c.png").read_bytes())
    words = ["predict", str(bundle.folder), str(eyes), str(other), "--annotate", str(out)]
    assert main(words) == 0
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert found == ["a.JPG.png", str(Path("b", "d.bmp.png")), "c-2.png", "c.png"]
    copy, eye = read_picture(out / "c.png"), read_picture(eyes / "c.png")
    np.testing.assert_array_equal(copy[: 4 * 48 : 4, :192:4], eye)  # enlarged four times
    assert copy.shape == (4 * 48 + 33, 4 * 48, 3)
    before = (out / "c.png").read_bytes()
    assert main(words) == 1  # never overwrites
    assert (out / "c.png").read_bytes() == before


def test_predict_leaves_no_copies_when_they_would_lie_in_a_bundle(
    bundle: Bundle, eyes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "copy"))
    assert main(["predict", str(bundle.folder), str(eyes), "--annotate", str(folder / "out")]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "copy/out would lie in a bundle's folder" in shown.err
    assert load_bundle(folder).name == bundle.name


@pytest.mark.parametrize("out", ["looked", "b/deep/looked", "link/looked"])
def test_predict_leaves_no_copies_when_they_would_lie_among_the_pictures(
    bundle: Bundle, eyes: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (eyes.parent / "link").symlink_to(eyes, target_is_directory=True)
    folder = eyes.parent / out if "link" in out else eyes / out
    eye, words = str(eyes / "c.png"), ["predict", str(bundle.folder)]
    assert main([*words, eye, str(eyes), "--annotate", str(folder)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{folder} lies within {eyes}, whose pictures are judged" in shown.err
    assert not folder.exists()
    assert main([*words, eye, "--annotate", str(folder)]) == 0


def test_predict_refuses_when_there_is_no_picture(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["predict", str(bundle.folder), str(tmp_path / "empty")]) == 1
    assert "There is no picture in" in capsys.readouterr().err


def test_predict_prints_one_line_when_a_name_has_several() -> None:
    answer = Answer(Path("a\nb\x1b[31m.png"), 0.25, False)
    assert answer.row == "  0.2500  open    yes         a\N{REPLACEMENT CHARACTER}b" + (
        "\N{REPLACEMENT CHARACTER}[31m.png"
    )


@pytest.mark.parametrize("answer", [Answer, lambda path: Answer(path, fault="it is no picture")])
def test_to_dict_is_text_that_is_read_again_when_a_name_is_none(answer: Any) -> None:
    found = answer(Path("a\nb\udcff.png")).to_dict()
    assert found["path"] == "a\nb\N{REPLACEMENT CHARACTER}.png"
    assert read_json(json.dumps(found).encode()) == found


def test_predict_keeps_few_pictures_in_memory_when_there_are_many(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [tmp_path / f"{number}.png" for number in range(10)]
    for path in several:
        cv2.imwrite(str(path), np.full((9, 9), 100, np.uint8))
    asked = list[int]()

    def answer(detector: Detector, paths: Sequence[Path], bits: int | None) -> Any:
        asked.append(len(paths))
        return answer_pictures(detector, paths, bits)

    monkeypatch.setattr(predict, "CHUNK", 4)
    monkeypatch.setattr(predict, "answer_pictures", answer)
    assert main(["predict", str(bundle.folder), str(tmp_path)]) == 0
    assert asked == [4, 4, 2]


SLOW = """
import sys, time
from blink.cli import answers, main
read = answers.read_picture
answers.read_picture = lambda *given: (time.sleep(0.05), read(*given))[1]
from blink.cli import predict
predict.CHUNK = 2
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals and pipes of POSIX")
@pytest.mark.parametrize("way", ["Ctrl-C", "closed pipe"])
def test_predict_ends_on_a_whole_line_when_it_is_stopped(
    bundle: Bundle, tmp_path: Path, way: str
) -> None:
    for number in range(400):
        cv2.imwrite(str(tmp_path / f"{number:03}.png"), np.full((9, 9), 100, np.uint8))
    command = [sys.executable, "-c", SLOW, "predict", str(bundle.folder), str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        if way == "Ctrl-C":
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert rest == b"" or rest.endswith(b"\n")
            assert 1 <= len(lines_of((first + rest).decode())) < 400
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == (130 if way == "Ctrl-C" else 1)
    assert "Traceback" not in said
