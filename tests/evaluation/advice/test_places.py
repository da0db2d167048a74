from collections.abc import Callable
from dataclasses import replace

import pytest

from blink.evaluation.advice import Footprint
from blink.evaluation.advice.places import in_page, needed_kbit_s, on_device, on_server
from blink.evaluation.advice.results import Option
from blink.target import Target
from tests.evaluation.advice.drawn import QUICK, target


def test_in_page_counts_slowness_and_download_when_figures_are_known() -> None:
    wink = target(
        "wink_dating", browser_slowdown=3, browser_kb=940, gb_out=0.1, uses_per_download=10
    )

    found = in_page(wink, QUICK)

    assert found.latency_ms == pytest.approx(0.6)  # 3 × 200 µs
    assert found.frame_ms == pytest.approx(0.6)  # 3 × 2 eyes × 100 µs
    assert found.cost_per_1000_uses == pytest.approx(0.01)  # 1 MB each 10 uses: 0.1 GB at 0.1
    assert found.objections == ()


def test_on_device_shares_the_updates_among_the_users_when_figures_are_known() -> None:
    wink = target("wink_dating", update_cost=730, updates_per_year=3, users=100)

    found = on_device(wink, QUICK)

    assert found.latency_ms == pytest.approx(0.2)
    assert found.cost_per_1000_uses == pytest.approx(1.0)  # 2190 / (100 × 60 × 365) × 1000
    assert found.update_days == 14


def test_on_server_counts_way_sending_and_work_when_figures_are_known() -> None:
    wink = target(
        "wink_dating",
        latency_ms=100,
        round_trip_ms=50,
        uplink_kbit_s=1000,
        crop_bytes=1250,
        request_ms=0.8,
        cpu_hour=0.036,
        busy_share=0.5,
    )

    found = on_server(wink, QUICK)

    assert found.latency_ms == pytest.approx(50 + 20 + 0.8 + 0.4)
    assert found.frame_ms == pytest.approx(1.0)
    # 150 frames × 1 ms × 1000 uses = 150 s of work = 300 s rented = 1/12 hour at 0.036
    assert found.cost_per_1000_uses == pytest.approx(0.003)
    assert needed_kbit_s(wink) == pytest.approx(600)
    assert found.objections == ()


def test_needed_kbit_s_is_nothing_when_single_pictures_are_sent() -> None:
    assert needed_kbit_s(target("photo_check")) == 0


def test_on_server_says_each_reason_when_there_are_several() -> None:
    car = target("driver_monitor", may_send=False, uplink_kbit_s=100)

    found = on_server(car, QUICK)

    assert found.objections == (
        "Pictures of eyes must not leave the device.",
        "There is not always a connection.",
        "Its stream needs 720 kbit/s; users can send 100.",
        "An answer takes 301 ms, 10 are allowed.",
    )


HEAVY = replace(
    QUICK, size_kb=900.0, p50_us=20_000.0, p99_us=30_000.0, ram_mb=300.0, bare_ram_mb=100.0
)


def test_on_device_says_each_reason_when_the_budget_is_broken() -> None:
    found = on_device(target("driver_monitor"), HEAVY)

    assert found.objections == (
        "An answer takes 30 ms, 10 are allowed.",
        "A frame takes 40 ms, the next one comes after 33.3 ms.",
        "The model has 900 kB, 300 are allowed.",
        "It takes 200 MB of memory, 64 are allowed.",
    )


def test_in_page_says_each_reason_when_the_budget_is_broken() -> None:
    found = in_page(target("driver_monitor", browser_slowdown=1.5), HEAVY)

    assert found.objections == (
        "Users do not come by a web page.",
        "An answer takes 45 ms, 10 are allowed.",
        "A frame takes 60 ms, the next one comes after 33.3 ms.",
        "The model has 900 kB, 300 are allowed.",
        "It takes 200 MB of memory, 64 are allowed.",
    )


@pytest.mark.parametrize("place", [in_page, on_device])
def test_places_blame_no_memory_when_it_could_not_be_measured(
    place: Callable[[Target, Footprint], Option],
) -> None:
    unknown = replace(QUICK, ram_mb=None, bare_ram_mb=None)

    assert "memory" not in " ".join(place(target("driver_monitor"), unknown).objections)
