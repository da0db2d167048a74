from dataclasses import replace

import pytest

from blink.evaluation.advice import Footprint, Place, advise, tell_advice
from blink.target import Target
from tests.evaluation.advice.drawn import QUICK, target

SLOW = replace(QUICK, p50_us=4000.0, p99_us=6000.0)
TOO_SLOW = replace(QUICK, p50_us=9000.0, p99_us=9500.0)


@pytest.mark.parametrize(
    ("wanted", "measured", "place"),
    [
        (target("wink_dating"), QUICK, "page"),
        (target("wink_dating", browser_slowdown=2), SLOW, "device"),
        (target("wink_dating", is_web=False), QUICK, "device"),
        (target("wink_dating"), TOO_SLOW, None),
        (target("photo_check", latency_ms=110, browser_slowdown=60), TOO_SLOW, "device"),
        (
            target("photo_check", latency_ms=30, round_trip_ms=5, uplink_kbit_s=5000, is_web=False),
            replace(TOO_SLOW, size_kb=5000.0),
            "server",
        ),
        (target("iris_login"), QUICK, "device"),
        (target("driver_monitor"), QUICK, "device"),
    ],
)
def test_advise_names_the_first_place_without_objections_when_targets_differ(
    wanted: Target, measured: Footprint, place: Place | None
) -> None:
    found = advise(wanted, measured)

    assert found.place == place
    fitting = [option.place for option in found.options if not option.objections]
    assert fitting[:1] == ([] if place is None else [place])


def test_advise_counts_the_crops_of_a_use_when_a_product_watches_two_eyes() -> None:
    assert advise(target("wink_dating"), QUICK).crops_per_use == 2 * 5 * 30
    assert advise(target("iris_login"), QUICK).crops_per_use == 2 * 3
    assert advise(target("driver_monitor"), QUICK).crops_per_use == 2 * 3600 * 30
    assert advise(target("dry_eye"), QUICK).crops_per_use == 2 * 600 * 15
    assert advise(target("photo_check"), QUICK).crops_per_use == 2


def test_advise_says_what_would_change_it_when_the_page_is_chosen() -> None:
    found = advise(target("wink_dating"), QUICK)

    assert found.unless[0].endswith("The budget allows for one that is 40 times slower.")
    assert "were it 40 times slower, it would be out" in found.unless[1]
    assert found.unless[2].startswith("A server needs a latency budget of 84.9 ms, of which 60 are")
    assert "720 kbit/s of every user all the time" in found.unless[2]


def test_advise_says_from_how_many_users_a_device_pays_when_a_server_would_do() -> None:
    wanted = target("photo_check", is_web=False, users=1000, update_cost=100)

    found = advise(wanted, QUICK)

    device, server = found.options[1:]
    assert device.cost_per_1000_uses > server.cost_per_1000_uses
    few = 1000 * device.cost_per_1000_uses / server.cost_per_1000_uses
    said = float(found.unless[-1].split()[2].replace(",", ""))
    assert said == pytest.approx(few, rel=0.5)


def test_advise_asks_for_a_faster_cpu_when_the_budget_is_broken() -> None:
    found = advise(target("iris_login"), replace(QUICK, p99_us=16_000.0, p50_us=15_000.0))

    assert found.place is None
    assert found.because[0] == "No place keeps to the target's budget and rules."
    assert found.unless[0].endswith("The budget asks for one that is 2 times faster.")


def test_advise_doubts_itself_when_the_machine_was_busy() -> None:
    wanted = target("iris_login")

    found = advise(wanted, replace(QUICK, p99_us=100 * QUICK.p50_us))

    assert found.because[0].startswith("In doubt: the slowest answers took 100 times as long")
    assert "ADVICE  nowhere as things stand (in doubt): eye int8" in tell_advice(wanted, [found])


def test_advise_mentions_memory_when_python_alone_takes_more_than_is_allowed() -> None:
    found = advise(target("driver_monitor"), QUICK)

    assert found.place == "device"
    assert found.unless[-1].startswith("Memory: a Python process that runs it takes 70 MB, all but")


def test_tell_advice_shows_figures_and_every_assumption_when_told() -> None:
    wanted = target("wink_dating", round_trip_ms=33)

    said = tell_advice(wanted, [advise(wanted, QUICK)])

    assert "ADVICE  in the page: eye int8" in said
    assert "within 200 µs, one thread of a CPU (measured now)." in " ".join(said.split())
    assert "takes 70 MB, 60 MB before it loads it" in said
    assert max(map(len, said.splitlines())) <= 100
    for name in type(wanted.hosting).model_fields:
        assert f"\n  {name} " in said
    assert "round_trip_ms            33  to a server and back" in said


def test_tell_advice_leaves_a_dash_when_memory_is_not_known() -> None:
    wanted = target("photo_check")
    unknown = replace(QUICK, ram_mb=None, bare_ram_mb=None)

    assert "crop by crop takes –." in tell_advice(wanted, [advise(wanted, unknown)])
