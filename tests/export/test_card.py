import copy
import json

from blink.export.card import write_card
from blink.runtime import Bundle
from blink.runtime.bundle import FILE


def test_write_card_tells_a_stranger_what_it_is_when_exported(bundle: Bundle) -> None:
    card = (bundle.folder / "MODEL_CARD.md").read_text()
    for sentence in (
        "# drawn",
        "| int8 | `model.onnx` |",
        "uint8 (N, 1, 32, 32)",
        "grey by BT.601, (9798 R + 19235 G + 3735 B + 2^14) >> 15",
        "mean 128 and deviation 32 within the crop",
        "closed where `p_closed >= 0.45` (fixed for tests)",
        "Not measured yet.",
        "- **data:** drawn: 0123abcd",
        "- **held out:** drawn person 7",
        "**int8: no latency was measured, so size decides; 2.7× smaller than fp32.**",
        "one scale per channel | `model.onnx` | 5.8 kB | 20 nodes, opset 13 | – | – | 1.0000 | "
        "+0.00 |",
        "OpenCV's DNN module loads the fp32 file, too: largest |Δp|",
        "Weights trained on drawn eyes; free for any use.",
    ):
        assert sentence in card


def test_write_card_keeps_its_tables_whole_when_names_hold_pipes(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / FILE).read_text())
    content["metrics"] = {"a|b\nc": {"auc": {"value": 0.5}, "protocol": "x|y"}}
    content["provenance"] = {**content["provenance"], "limits": ["No babies."]}
    content["provenance"]["description"] = "A test."
    given = copy.deepcopy(content)
    card = write_card(content, {"model.onnx": b"", "fp32.onnx": b"0" * 1500})
    assert "| a\\|b c | AUC | 0.500 | – | – | x\\|y |" in card
    assert "| fp32 | `fp32.onnx` | 1.5 kB |" in card
    assert "- No babies." in card
    assert "A test." in card
    assert content == given


def test_write_card_says_what_was_decided_when_there_was_a_target(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / FILE).read_text())
    week = {"value": 1.31, "low": 1.1, "high": 1.7, "gap": None}
    ratio = {"value": 1312.0, "low": 210.0, "high": None, "gap": None}
    gap = {"value": None, "low": None, "high": None, "gap": "too few people"}
    findings = [
        {"words": "one a week", "found": week, "limit": 1.0, "is_upper": True, "met": False},
        {"words": "200 good", "found": ratio, "limit": 200.0, "is_upper": False, "met": True},
        {"words": "no group worse", "found": gap, "limit": 2.0, "is_upper": True, "met": None},
    ]
    decision = {
        "target": "iris_login",
        "verdict": "DO NOT SHIP",
        "because": "Not met: one a week.",
        "findings": findings,
    }
    content["metrics"] = {"drawn": {"auc": {"value": 0.5}, "decision": decision}}
    card = write_card(content, {"model.onnx": b"", "fp32.onnx": b""})
    assert "### For iris_login, on drawn: DO NOT SHIP\n\nNot met: one a week.\n" in card
    assert "| one a week | 1.31 [≥ 1.1, ≤ 1.7] | ≤ 1 | **not met** |" in card
    assert "| 200 good | 1,312 [≥ 210] | ≥ 200 | met |" in card
    assert "| no group worse | too few people | ≤ 2 | cannot say |" in card
    assert card.count("| drawn | ") == 1


def test_write_card_tells_the_whole_search_when_there_was_one(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / FILE).read_text())
    told = content["export"]
    told |= {"target": "iris_login", "measured_on": "a CPU"}
    told["reason"] = "fp32: faster here, int8 takes 1.20× its time; int8 is 3.1× smaller"
    told["left_out"] = [{"name": "int8-mixed", "why": "not needed: int8 passes the gate"}]
    told["sensitivity"] = [
        {"layer": "net/005-Conv", "balanced_accuracy_lost": 0.0012, "largest_difference": 0.01}
    ]
    told["opencv_dnn"] = {"loads": False, "largest_difference": None, "why": "it knows no Conv"}
    told["table"][1] |= {
        "ratio_to_empty_graph": {"value": 3.0, "low": 2.9, "high": 3.14},
        "difference": {"value": -0.002, "low": -0.005, "high": 0.001},
        "peak_memory_bytes": 58_400_000,
        "ships_as": None,
    }
    card = write_card(content, {"model.onnx": b"", "fp32.onnx": b""})
    for sentence in (
        "**fp32: faster here, int8 takes 1.20× its time; int8 is 3.1× smaller.**",
        "Chosen within the limits of iris_login.",
        "one thread, one crop, on a CPU;",
        "| 3.00 [2.90, 3.14] | 58.4 MB | 1.0000 | -0.20 [-0.50, +0.10] |",
        "- Not tried: int8-mixed, not needed: int8 passes the gate.",
        "in points of balanced accuracy: net/005-Conv +0.12.",
        "- **No int8 passes the gate, so none is part of the bundle.**",
        "- OpenCV's DNN module cannot use the fp32 file: it knows no Conv.",
    ):
        assert sentence in card


def test_write_card_is_silent_on_the_search_when_nothing_is_known_of_it(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / FILE).read_text()) | {"export": {}}
    card = write_card(content, {"model.onnx": b"", "fp32.onnx": b""})
    assert "What was tried" not in card
    assert "OpenCV" not in card
