"""The entries of a `latency.json`; see `blink.latency.file`."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)


class Entry(BaseModel):
    """Base of all entries: nothing that is not known, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(Entry):
    """A number and its 95 % interval: Student's t over processes, or of p99.9 a bootstrap.

    Attributes:
        value: As measured; of a ratio the geometric mean over processes. The benchmark rounds, so
            that the ratio to a graph that is far slower may be 0.
        low: Lower end.
        high: Upper end.
    """

    value: NonNegativeFloat
    low: NonNegativeFloat
    high: NonNegativeFloat

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("low, value and high are not in this order")
        return self


def _above_0(interval: Interval) -> Interval:
    if interval.value == 0:
        raise ValueError("nothing takes no time at all")
    return interval


Share = Annotated[Interval, AfterValidator(_above_0)]
"""Of the time of the empty graph, or the bare session."""

Load = tuple[NonNegativeFloat, NonNegativeFloat, NonNegativeFloat]


class Machine(Entry):
    """Where and with what it was measured.

    Attributes:
        cpu: What the CPU calls itself.
        architecture: Such as `x86_64`, `aarch64`.
        flags: Those instructions of the CPU that matter to a quantised net; null where unknown.
        cores: That this process may use.
        governor: How the clock is steered on the pinned core; null where the system keeps silent.
        pinned_core: On which latencies were measured; null where it could not be pinned.
        load_before: Load averages over 1, 5 and 15 minutes before; null where there are none.
        load_after: The same afterwards, in which the benchmark itself counts.
        system: Operating system and its version.
        python: Version.
        numpy: Version.
        onnxruntime: Version.
    """

    cpu: str
    architecture: str
    flags: tuple[str, ...] | None
    cores: PositiveInt
    governor: str | None
    pinned_core: NonNegativeInt | None
    load_before: Load | None
    load_after: Load | None
    system: str
    python: str
    numpy: str
    onnxruntime: str


class Method(Entry):
    """How it was measured.

    Attributes:
        quick: Whether only one thread and batch 1 were measured, in a few seconds.
        spinning: Whether ONNX Runtime's idle threads spun; means nothing for one thread.
        processes: Fresh ones, one after the other.
        seconds: That each of them was to time.
        warm_up: The rule, in words.
        steady: In how many of the processes the rule was met before warm-up had to end.
        tail: What is known of p99.9 and why, in words.
    """

    quick: bool
    spinning: bool
    processes: PositiveInt
    seconds: PositiveFloat
    warm_up: str
    steady: NonNegativeInt
    tail: str


class Tensor(Entry):
    """What was fed to an input.

    Attributes:
        name: Of the input.
        type: As ONNX Runtime names it.
        shape: As it was fed; a dynamic dimension of a foreign graph is 1.
    """

    name: str
    type: str
    shape: tuple[NonNegativeInt, ...]


class Verified(Entry):
    """What the answers of the timed calls were worth.

    Attributes:
        calls: That were compared: every timed one.
        wrong: Of these, beyond the tolerance; a run with any fails, so a file says 0.
        largest_difference: Between an answer and the expected one.
        tolerance: Largest difference that is allowed.
        expected: `golden` answers of the bundle, or the graph's `own` before it was timed.
    """

    calls: PositiveInt
    wrong: Literal[0]
    largest_difference: NonNegativeFloat
    tolerance: NonNegativeFloat
    expected: Literal["golden", "own"]


class Times(Entry):
    """How long a call takes, in microseconds.

    Attributes:
        calls: That were timed.
        p50_us: Median.
        p99_us: 99 calls of 100 take no longer.
        p999_us: 999 of 1,000; null below 10,000 calls.
        ratio_to_empty_graph: Its median over that of the graph that does nothing.
        verified: Its answers.
    """

    calls: PositiveInt
    p50_us: PositiveFloat
    p99_us: PositiveFloat
    p999_us: Interval | None
    ratio_to_empty_graph: Share
    verified: Verified

    @model_validator(mode="after")
    def _ends_last(self) -> Self:
        if self.p50_us > self.p99_us:
            raise ValueError("p50_us is above p99_us")
        return self


class EndToEnd(Times):
    """From a raw crop through `blink.runtime.Detector.predict`.

    Attributes:
        crop: Shape of the uint8 crop.
        ratio_to_session: Its median over that of the bare session.
    """

    crop: tuple[PositiveInt, ...]
    ratio_to_session: Share


class ColdStart(Entry):
    """A fresh Python process up to the first answer; medians, in milliseconds.

    Attributes:
        runs: How many processes.
        total_ms: From the start of the process.
        import_ms: Of numpy and ONNX Runtime.
        session_ms: To load the graph.
        first_answer_ms: The first call.
    """

    runs: PositiveInt
    total_ms: NonNegativeFloat
    import_ms: NonNegativeFloat
    session_ms: NonNegativeFloat
    first_answer_ms: NonNegativeFloat


class Throughput(Entry):
    """Many crops, one graph at a time.

    Attributes:
        threads: Within a call.
        batch: Crops in a call.
        crops_per_second: Of the fastest repetition, which was disturbed least.
        slowest: Of the slowest.
    """

    threads: PositiveInt
    batch: PositiveInt
    crops_per_second: NonNegativeFloat
    slowest: NonNegativeFloat


class Energy(Entry):
    """What a call costs, by the machine's own counter: all that it counts, idling included.

    Attributes:
        microjoules: A call.
        counter: Which.
        calls: How many it was divided by.
    """

    microjoules: NonNegativeFloat
    counter: str
    calls: PositiveInt


class GraphEntry(Times):
    """One graph.

    Attributes:
        name: What tells it apart within the file.
        kind: `bundle`, `model` (a bare file of ours), `foreign`, or `empty`, the yardstick.
        source: Folder or file, as it was named.
        bundle: Name of its bundle; null without one.
        precision: Its name in the bundle; null without one.
        sha256: Of the ONNX file.
        size_bytes: Likewise.
        inputs: What was fed.
        golden_difference: Largest difference to the golden answers before the timed run.
        cold_start: Null where it was not measured.
        peak_memory_bytes: Of a process that has run it; null where it was not measured.
        throughput: Empty where it was not measured.
        energy: Null where there is no counter.
        end_to_end: Empty where it was not measured.
    """

    name: str
    kind: Literal["bundle", "model", "foreign", "empty"]
    source: str | None
    bundle: str | None
    precision: str | None
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: PositiveInt
    inputs: tuple[Tensor, ...]
    golden_difference: NonNegativeFloat | None
    cold_start: ColdStart | None
    peak_memory_bytes: PositiveInt | None
    throughput: tuple[Throughput, ...]
    energy: Energy | None
    end_to_end: tuple[EndToEnd, ...]


class Ratio(Entry):
    """Two graphs of one run.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        ratio: Median of the first over that of the second; 0 where it is rounded away.
    """

    first: str
    second: str
    ratio: Interval
