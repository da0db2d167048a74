import json
import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import Calibration, ConfigError, InputSpec, OperatingPoint
from blink.contract.record import Record

RECORDS = st.one_of(
    st.builds(
        InputSpec,
        height=st.integers(8, 256),
        width=st.integers(8, 256),
        colour=st.sampled_from(["grey", "rgb"]),
        normalisation=st.sampled_from(["unit", "standardise"]),
    ),
    st.builds(Calibration, st.floats(0, exclude_min=True, allow_infinity=False)),
    st.builds(OperatingPoint, st.floats(0, 1, exclude_min=True, exclude_max=True), rule=st.text()),
)

LARGE = pytest.param(10**400, id="large")  # JSON has such numbers, floats have not


@given(record=RECORDS)
def test_records_come_back_equal_when_sent_as_json(record: Record) -> None:
    assert type(record).from_dict(json.loads(json.dumps(record.to_dict()))) == record


@pytest.mark.parametrize("kind", [InputSpec, Calibration, OperatingPoint])
def test_records_refuse_when_a_key_is_unknown(kind: type[Record]) -> None:
    with pytest.raises(ConfigError, match=f"This is no {kind.__name__}: .*more"):
        kind.from_dict({"more": 1})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"height": 7}, "height is 7; it must be a whole number from 8 to 256"),
        ({"width": 257}, "width is 257"),
        ({"width": 32.0}, "width is 32.0"),
        ({"height": True}, "height is True"),
        ({"height": "32"}, "height is '32'"),
        ({"colour": "bgr"}, r"colour is 'bgr'; choose one of \('grey', 'rgb'\)"),
        ({"colour": ["grey"]}, r"colour is \['grey'\]"),
        ({"crop_rule": "pad"}, "crop_rule is 'pad'"),
        ({"kernel": "cubic"}, "kernel is 'cubic'"),
        ({"normalisation": None}, "normalisation is None"),
    ],
)
def test_input_spec_refuses_when_a_value_is_out_of_range(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        InputSpec(**values)


def test_input_spec_tells_pixels_apart_when_they_differ() -> None:
    specs = [InputSpec(), InputSpec(height=24), InputSpec(width=40), InputSpec(colour="rgb")]
    assert len({spec.key for spec in specs}) == 4
    assert [spec.channels for spec in specs] == [1, 1, 1, 3]
    assert InputSpec().key == InputSpec(normalisation="unit").key == "32x32-grey-stretch-area"


@pytest.mark.parametrize("temperature", [0, -1.0, math.nan, math.inf, LARGE, "1", None, True, [1]])
def test_calibration_refuses_when_the_temperature_is_none(temperature: Any) -> None:
    with pytest.raises(ConfigError, match="must be a finite number above 0"):
        Calibration(temperature)


@pytest.mark.parametrize("offset", [math.nan, -math.inf, LARGE, "1", None])
def test_calibration_refuses_when_the_offset_is_none(offset: Any) -> None:
    with pytest.raises(ConfigError, match="The offset must be a finite number"):
        Calibration(1.0, offset)


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 1.1, math.nan, "0.5", None, True])
def test_operating_point_refuses_when_the_threshold_is_none(threshold: Any) -> None:
    with pytest.raises(ConfigError, match="must be a number strictly between 0 and 1"):
        OperatingPoint(threshold)


@pytest.mark.parametrize("rule", [3, None, ["fixed"]])
def test_operating_point_refuses_when_the_rule_is_no_text(rule: Any) -> None:
    with pytest.raises(ConfigError, match="rule must be a text, not"):
        OperatingPoint(0.5, rule)


def test_records_stay_as_they_are_when_somebody_writes_to_them() -> None:
    with pytest.raises(FrozenInstanceError):
        InputSpec().height = 24  # type: ignore[misc]
