from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir

from blink.contract import ConfigError
from blink.target import Target, build_target, read_target
from blink.target.products import JudgePicture, Wink

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "conf" / "target"
NAMES = sorted(file.stem for file in TARGETS.glob("*.yaml"))


def content(name: str = "iris_login") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TARGETS / f"{name}.yaml").read_text("utf-8"))
    return loaded


def faults(fields: dict[str, Any]) -> list[str]:
    """The lines of the message, the first one left out."""
    with pytest.raises(ConfigError) as caught:
        build_target(fields, "mine.yaml")
    head, *lines = str(caught.value).splitlines()
    assert head == "mine.yaml is no target that can be built:"
    return [line.strip() for line in lines]


def test_targets_are_there_when_the_project_is_read() -> None:
    wanted = {"iris_login", "wink_dating", "driver_monitor", "dry_eye", "photo_check"}
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_read_target_reads_each_file_of_the_project_by_its_name(name: str) -> None:
    target = read_target(name, TARGETS)

    assert target.name == name
    assert target == read_target(TARGETS / f"{name}.yaml")
    for knob, values in target.knobs.items():
        assert getattr(target.product, knob) in values, f"{knob}: what is configured is not tried"


@pytest.mark.parametrize("name", NAMES)
def test_build_target_builds_the_same_when_hydra_composes_the_file(name: str) -> None:
    with initialize_config_dir(str(TARGETS.parent), version_base="1.3"):
        cfg = compose(overrides=[f"+target={name}"])

    assert build_target(cfg.target, "target") == read_target(name, TARGETS)


def test_read_target_reads_a_new_target_when_it_is_one_new_file(tmp_path: Path) -> None:
    fields = content("wink_dating") | {"name": "poker_tells"}
    fields["product"] |= {"longest_ms": 400, "unit": "hand"}
    path = tmp_path / "poker_tells.yaml"
    path.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")

    by_name, by_path = read_target("poker_tells", tmp_path), read_target(path)

    assert by_name == by_path
    assert isinstance(by_name.product, Wink)
    assert by_name.product.unit == "hand"
    assert by_name.fps == 30


def test_fps_is_one_when_the_input_is_an_image() -> None:
    target = read_target("photo_check", TARGETS)

    assert isinstance(target.product, JudgePicture)
    assert target.fps == 1


def test_with_knobs_makes_whole_numbers_of_what_a_file_tries() -> None:
    target = read_target("iris_login", TARGETS)

    product = target.with_knobs({"frames": 8.0})

    assert product.play.__self__.frames == 8  # type: ignore[attr-defined]
    assert isinstance(product.frames, int)  # type: ignore[attr-defined]
    assert target.product.frames == 3


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def changed(fields: dict[str, Any]) -> None:
        *above, last = path.split(".")
        for step in above:
            fields = fields[step]
        if value is ...:
            del fields[last]
        else:
            fields[last] = value

    return changed


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "environment.budget.latency_ms",
            -1,
            "environment.budget.latency_ms: should be greater than 0; found -1",
        ),
        (
            "environment.budgets",
            {},
            "environment.budgets: is not known; did you mean `budget`? "
            "Allowed: place, sensor, input, output, cpu, threads, is_int8_only, saturates, budget",
        ),
        ("behaviour", ..., "behaviour: is missing"),
        (
            "environment.sensor.spectrum",
            "infrared",
            "environment.sensor.spectrum: should be 'ir' or 'rgb'; found 'infrared'",
        ),
        (
            "environment.sensor.eye_width_px",
            [90, 30],
            "environment.sensor.eye_width_px: should be the smallest width and the largest one, "
            "from 1 pixel up; found [90, 30]",
        ),
        (
            "environment.input",
            {"kind": "image", "fps": 30},
            "environment.input: a clip or a stream has an `fps`, an image has none",
        ),
        (
            "environment.input",
            {"kind": "image"},
            "environment.input.kind: WaitForOpen watches eyes in time; 'stream' or 'clip' is "
            "needed, with an fps",
        ),
        (
            "environment.input.fps",
            0.5,
            "product.frames: 3 at 0.5 a second outlast timeout_s 5",
        ),
        ("mistakes.refused", ..., "mistakes.refused: is missing; say its cost, and whether it is"),
        (
            "mistakes.late",
            {"cost": 1},
            "mistakes.late: is no mistake of WaitForOpen: bad_capture, needless_timeout, refused",
        ),
        ("mistakes.refused.cost", -2, "mistakes.refused.cost: should be greater than or equal to"),
        (
            "product._target_",
            "blink.target.products.WaitForOpn",
            "product._target_: 'blink.target.products.WaitForOpn' is no product; did you mean "
            "`blink.target.products.WaitForOpen`? Allowed: blink.target.products.CountBlinks",
        ),
        (
            "product",
            {"_target_": "builtins.breakpoint"},
            "product._target_: 'builtins.breakpoint' is no product; Allowed: blink.target.products",
        ),
        (
            "product.frames",
            {"_target_": "builtins.breakpoint"},
            "product.frames: should be a valid integer",
        ),
        ("product._args_", [1], "product._args_: is not known; Allowed: smoothing, "),
        ("product._target_", ..., "product._target_: is missing; Allowed: blink.target.products."),
        ("product", 3, "product._target_: is missing; Allowed: blink.target.products."),
        ("product", ..., "product: is missing"),
        (
            "product.time_out_s",
            3,
            "product.time_out_s: is not known; did you mean `timeout_s`? Allowed: smoothing, ",
        ),
        ("product.frames", 2.5, "product.frames: should be a valid integer, got a number with"),
        (
            "knobs.patience_s",
            [1],
            "knobs.patience_s: is no knob of WaitForOpen: frames, hysteresis, retries, smoothing",
        ),
        ("knobs.frames", [], "knobs.frames: has no values to try"),
        (
            "knobs.smoothing",
            [1, 4],
            "knobs.smoothing: an odd number of frames is needed, so that one is the median",
        ),
        ("knobs.frames", [3, 900], "knobs.frames: with 900, frames: 900 at 30 a second outlast"),
        ("criteria", [], "criteria: at least one is needed"),
        (
            "criteria",
            [{"words": "fast", "measure": "speed", "at_most": 1}],
            "criteria.0.measure: should be 'mistakes_per_user_and_day', 'mistakes_per_user_and_w",
        ),
        (
            "criteria",
            [{"words": "fast", "measure": "latency_ms"}],
            "criteria.0: give one of `at_most` and `at_least`",
        ),
        (
            "criteria",
            [{"words": "fast", "measure": "latency_ms", "at_mots": 3}],
            "criteria.0.at_mots: is not known; did you mean `at_most`? Allowed: words, measure",
        ),
        ("hosting", {"cpu_hours": 1}, "hosting.cpu_hours: is not known; did you mean `cpu_hour`?"),
        ("uses_per_day", "many", "uses_per_day: should be a valid number, unable to parse"),
        ("name", "Iris login", "name: String should match pattern"),
    ],
)
def test_build_target_says_field_and_way_out_when_one_is_wrong(
    path: str, value: Any, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.breakpoint", lambda: pytest.fail("a file was obeyed"))
    fields = content()
    change(path, value)(fields)

    (line,) = faults(fields)

    assert line.startswith(expected)


def test_build_target_refuses_one_eye_when_the_product_needs_two() -> None:
    fields = content("wink_dating")
    fields["product"]["eyes"] = 1

    assert faults(fields) == ["product.eyes: should be 2; found 1"]


def test_build_target_refuses_a_stream_when_the_product_judges_pictures() -> None:
    fields = content("photo_check")
    fields["environment"]["input"] = {"kind": "stream", "fps": 30}

    assert faults(fields) == [
        "environment.input.kind: JudgePicture judges single pictures; 'image' is needed"
    ]


def test_build_target_says_all_faults_at_once_when_there_are_several() -> None:
    fields = content()
    fields["product"]["frames"] = 0
    fields["environment"]["budget"]["latency_ms"] = 0
    del fields["behaviour"]

    assert faults(fields) == [
        "product.frames: should be greater than or equal to 1; found 0",
        "environment.budget.latency_ms: should be greater than 0; found 0",
        "behaviour: is missing",
    ]


def test_build_target_says_all_disagreements_at_once_when_fields_alone_are_right() -> None:
    fields = content()
    fields["mistakes"]["late"] = {"cost": 1}
    fields["knobs"] = {"unit": [1], "retries": [-1]}

    assert [line.split(":")[0] for line in faults(fields)] == [
        "knobs.unit",
        "knobs.retries",
        "mistakes.late",
    ]


def test_read_target_says_what_is_missing_when_the_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").touch()

    with pytest.raises(ConfigError, match=r"is no target that can be built:\n  name: is missing\n"):
        read_target("new", tmp_path)


def test_read_target_refuses_a_name_when_it_is_not_the_files(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text((TARGETS / "dry_eye.yaml").read_text("utf-8"), "utf-8")

    with pytest.raises(ConfigError, match="name: should be the file's, 'other'; found 'dry_eye'"):
        read_target(path)


def test_read_target_suggests_a_name_when_one_is_near() -> None:
    with pytest.raises(ConfigError, match=r"no target 'iris' in .*did you mean `iris_login`\?"):
        read_target("iris", TARGETS)


@pytest.mark.parametrize(
    ("name", "message"),
    [("nix/mine.yaml", "There is no file"), ("iris_login", "There are no targets in .*nowhere")],
)
def test_read_target_says_where_it_looked_when_nothing_is_there(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read_target(name, tmp_path / "nowhere")


def test_target_is_fixed_when_it_was_read() -> None:
    target = read_target("iris_login", TARGETS)

    with pytest.raises(ValueError, match="frozen"):
        target.uses_per_day = 3
    assert isinstance(target, Target)
