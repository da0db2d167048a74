import pytest

from blink.export.search.choice import choose
from blink.target import Environment
from tests.export.searched import apart, entry, saturating, side_by_side

FP32, INT8 = entry("fp32", 3100, 1.0), entry("int8", 1000, 1.5)


def environment(**changes: object) -> Environment:
    budget = {"size_kb": 100, "ram_mb": 80, "latency_ms": 8}
    return Environment.model_validate(
        {
            "place": "a car",
            "sensor": {"spectrum": "ir", "eye_width_px": [20, 80]},
            "input": {"kind": "image"},
            "output": "flag",
            "cpu": "a slow one",
            "threads": 1,
        }
        | {"budget": budget | dict(changes.pop("budget", {}))}  # type: ignore[call-overload]
        | changes
    )


def test_choose_takes_fp32_and_ships_int8_beside_it_when_fp32_is_faster() -> None:
    choice = choose(side_by_side(FP32, INT8))
    assert (choice.chosen, choice.quantised) == ("fp32", "int8")
    assert choice.reason == "fp32: faster here, int8 takes 1.50× its time; int8 is 3.1× smaller"
    assert choice.why["int8"].startswith("the best quantised one; 1.50 × the time of fp32")


def test_choose_takes_int8_when_it_is_faster() -> None:
    choice = choose(side_by_side(FP32, entry("int8", 1000, 0.5)))
    assert (choice.chosen, choice.quantised) == ("int8", "int8")
    assert choice.reason == "int8: faster here, fp32 takes 2.00× its time; 3.1× smaller than fp32"


@pytest.mark.parametrize("time", [0.98, 1.0, 1.02])
def test_choose_takes_the_smaller_one_when_latencies_are_within_the_margin(time: float) -> None:
    choice = choose(side_by_side(FP32, entry("int8", 1000, time)))
    assert choice.chosen == "int8"
    assert choice.reason == "int8: as fast as fp32 here, within 3 %; 3.1× smaller than fp32"


def test_choose_goes_by_name_when_speed_and_size_are_equal() -> None:
    twins = [entry("int8-b", 1000, 0.5), entry("int8-a", 1000, 0.51), entry("fp32", 3000, 1.0)]
    for order in (twins, twins[::-1]):
        assert choose(side_by_side(*order)).chosen == "int8-a"


def test_choose_takes_the_one_nearest_to_fp32_when_speed_and_size_are_about_equal() -> None:
    rough, fine = apart(entry("int8-a", 1000, 0.5), 0.1), apart(entry("int8-b", 1029, 0.51), 0.05)
    large = apart(entry("int8-c", 1031, 0.5), 0.01)
    assert choose(side_by_side(FP32, rough, fine, large)).chosen == "int8-b"


def test_choose_puts_what_saturates_here_behind_its_equals() -> None:
    off = saturating(entry("int8-tensor", 990, 0.5), 4e-4)
    within = saturating(entry("int8", 1000, 0.51), 1e-4)
    choice = choose(side_by_side(FP32, off, within))
    assert choice.chosen == "int8"
    assert choice.why["int8-tensor"].endswith(
        "; sums of its products saturate on this CPU; others decide 0.04 % otherwise"
    )
    assert "saturate" not in choice.reason + choice.why["int8"]


def test_choose_says_so_when_the_fastest_saturates_here() -> None:
    choice = choose(side_by_side(FP32, saturating(entry("int8", 1000, 0.5), 4e-4)))
    assert choice.chosen == "int8"
    assert choice.reason.endswith(
        "; sums of its products saturate on this CPU; others decide 0.04 % otherwise"
    )


def test_choose_goes_by_size_when_nothing_was_measured() -> None:
    choice = choose([entry("fp32", 3000), entry("int8", 1000), entry("int8-x", 900)])
    assert choice.chosen == "int8-x"
    assert "no latency was measured, so size decides" in choice.reason


def test_choose_leaves_out_what_fails_the_gate_when_it_is_the_fastest() -> None:
    choice = choose(side_by_side(FP32, entry("int8", 1000, 0.5, passed=False)))
    assert (choice.chosen, choice.quantised) == ("fp32", None)
    assert choice.reason == "fp32: no quantised candidate passes the gate"
    assert choice.why["int8"] == "fails the gate: lost too much"


def test_choose_takes_int8_when_the_size_budget_forces_it() -> None:
    entries = side_by_side(entry("fp32", 120_000, 1.0), entry("int8", 40_000, 1.5))
    choice = choose(entries, environment())
    assert choice.chosen == "int8"
    assert choice.reason == (
        "int8: fp32 is out, 120.0 kB, and the target allows 100; 3.0× smaller than fp32"
    )


def test_choose_takes_int8_when_the_accelerator_takes_nothing_else() -> None:
    fused = entry("int8-operators", 800, 0.9, base="int8")
    choice = choose(side_by_side(FP32, INT8, fused), environment(is_int8_only=True))
    assert choice.chosen == "int8"
    assert choice.why["int8-operators"] == "drivers of accelerators read QDQ"
    assert "fp32 is out, the target's accelerator runs int8 alone" in choice.reason


def test_choose_takes_reduced_weights_when_sums_saturate() -> None:
    reduced = entry("int8-reduced", 1000, 0.7, is_reduced=True)
    choice = choose(
        side_by_side(FP32, entry("int8", 900, 0.5), reduced), environment(saturates=True)
    )
    assert choice.chosen == "int8-reduced"
    assert "saturate" in choice.why["int8"]


@pytest.mark.parametrize("budget", [{"ram_mb": 49}, {"latency_ms": 0.005}, {"size_kb": 0.5}])
def test_choose_says_so_when_nothing_fits_the_target(budget: dict[str, float]) -> None:
    choice = choose(side_by_side(FP32, INT8), environment(budget=budget))
    assert choice.chosen == "int8"  # the smallest of what passes the gate
    assert choice.reason.startswith("int8: nothing fits the target (")


def test_choose_has_a_quantised_one_beside_it_when_that_is_over_the_budget() -> None:
    entries = side_by_side(entry("fp32", 900, 1.0), entry("int8", 1100, 1.5))
    choice = choose(entries, environment(budget={"size_kb": 1}))
    assert (choice.chosen, choice.quantised) == ("fp32", "int8")


def test_choose_names_no_rival_when_there_is_fp32_alone() -> None:
    choice = choose([entry("fp32", 3000)])
    assert (choice.chosen, choice.quantised) == ("fp32", None)
    assert choice.reason == "fp32: none was quantised"
