"""The page in a real Chromium: what is drawn, what is asked of whom, the keyboard, a phone."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waitress.server import create_server  # type: ignore[import-untyped]

from blink.dashboard.guard import Guard
from blink.dashboard.page import make_page, policy
from blink.dashboard.shelf import Shelf
from tests.dashboard.run_folders import Made, write_many, write_run
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]

VIEWS = ("/", "/curves", "/settings", "/importance", "/trade-off", "/slices", "/compare")
PATIENCE = 60_000
"""Milliseconds for what takes one on an idle machine."""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder of runs and gives the address, without the last slash."""
    servers = []

    def begin(root: Path) -> str:
        page = make_page(Shelf(root))
        guard = Guard(page.server, token=None, only_loopback=True, policy=policy(page))
        server = create_server(guard, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.effective_port}"

    yield begin
    for server, thread in servers:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(10)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens an address; at the end there has been no error and no request to anybody else."""
    faults: list[str] = []
    contexts = []

    def begin(address: str, width: int = 1400) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on(
            "console",
            lambda said: faults.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                faults.append(asked.url)
                if not asked.url.startswith((address, "data:", "blob:"))
                else None
            ),
        )
        page.on(
            "response",
            lambda came: faults.append(f"{came.status} {came.url}") if came.status > 399 else None,
        )
        page.goto(address)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert faults == []


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.body.scrollWidth - window.innerWidth"))


def test_page_shows_runs_and_opens_one_by_keyboard_when_there_are_a_few(
    tmp_path: Path, serve: Callable[[Path], str], visit: Open
) -> None:
    for number in range(3):
        write_run(tmp_path, Made(f"2026-11-20/07-00-00-pico-000{number}", seed=number))

    page = visit(serve(tmp_path))
    expect(page.locator("#status")).to_have_text("3 runs: 3 finished")
    expect(page.locator(".ag-cell[col-id=seconds]").first).to_have_text("6 min 14 s")
    page.locator(".ag-cell[col-id=name]").first.click(position={"x": 150, "y": 10})
    page.keyboard.press("Space")
    expect(page.locator("#chosen-words")).to_have_text("1 run chosen: pico 0002")
    page.keyboard.press("Enter")

    expect(page.locator("#run h2")).to_contain_text("pico 0002 finished")
    shutil.rmtree(tmp_path / "2026-11-20")
    expect(page.locator("#run")).to_contain_text("There is no run")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.locator("#nothing")).to_contain_text("make train")


def test_every_view_shows_two_hundred_runs_when_opened(
    tmp_path: Path, serve: Callable[[Path], str], visit: Open
) -> None:
    write_many(tmp_path, 200)
    page = visit(serve(tmp_path))

    expect(page.locator("#status")).to_contain_text("201 runs: 4 running, 157 finished")
    expect(page.locator(".cards .card")).to_have_count(4)
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_be_visible()
    _go(page, "/curves")
    expect(page.locator("#curves .scatterlayer .trace")).to_have_count(4)
    expect(page.locator("#curves-table tbody tr")).to_have_count(4)
    _go(page, "/settings")
    expect(page.locator("#parallel .scatterlayer .trace")).to_have_count(157)
    _go(page, "/importance")
    expect(page.locator("#importance-table tbody tr").first).to_contain_text("model")
    _go(page, "/trade-off")
    expect(page.locator("#trade-off .scatterlayer .trace")).to_have_count(2)
    expect(page.locator("#trade-off-table tbody tr").last).to_contain_text("large")
    _go(page, "/slices")
    expect(page.locator("#slices-table tbody tr")).to_have_count(6)
    _go(page, "/compare")
    expect(page.locator("#compare-words")).to_contain_text("Tick two")


def test_views_follow_filters_and_choice_when_used(
    tmp_path: Path, serve: Callable[[Path], str], visit: Open
) -> None:
    write_many(tmp_path, 60)
    people = crowd(12, 6)
    for seed, share in enumerate((0.3, 0.1)):
        folder = tmp_path / "2026-11-29" / f"07-00-0{seed}-planted-000{seed}"
        plant(folder, people, [Planted("net", errors(people, share, seed))])
    page = visit(serve(tmp_path))
    expect(page.locator("#status")).to_contain_text("63 runs")

    page.get_by_label("Search").fill("model=large")
    _go(page, "/trade-off")
    expect(page.locator("#trade-off-words")).to_contain_text("16 runs judged on mrl")
    page.get_by_label("Search").fill("planted")
    page.get_by_role("combobox", name="Judged on").or_(page.locator("#on")).first.click()
    page.get_by_role("option", name="drawn").click()
    _go(page, "/")
    for box in page.locator(".ag-pinned-left-cols-container .ag-checkbox-input").all():
        box.click()
    page.get_by_label("Search").fill("")
    _go(page, "/compare")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("#verdict")).to_contain_text("more than noise")
    expect(page.locator("#differences .scatterlayer .trace")).to_have_count(1)
    page.get_by_role("button", name="Choose none").click()
    expect(page.locator("#chosen-words")).to_contain_text("No run chosen")
    expect(page.locator("#verdict")).to_be_empty()


def test_page_is_a_column_when_a_phone_shows_it(
    tmp_path: Path, serve: Callable[[Path], str], visit: Open
) -> None:
    write_many(tmp_path, 200)
    page = visit(serve(tmp_path), 390)
    expect(page.locator("#status")).to_contain_text("201 runs")

    for view in VIEWS:
        _go(page, view)
        page.wait_for_timeout(500)
        assert overflow(page) <= 0, view


def test_every_control_is_reached_and_shown_when_tab_is_pressed(
    tmp_path: Path, serve: Callable[[Path], str], visit: Open
) -> None:
    write_many(tmp_path, 60)
    page = visit(serve(tmp_path))
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_be_visible()

    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(_FOCUSED))
    assert [name for name, _ in reached] == [
        "Skip to the content", "Runs", "Curves", "Settings", "Importance", "Trade-off", "Slices",
        "Compare", "search", "states", "studies", "on", "standard 0031", "columns",
    ]  # fmt: skip
    assert [name for name, is_shown in reached if not is_shown] == []


_FOCUSED = """() => {
  const at = document.activeElement;
  const shown = [at, at.parentElement, at.closest('[class*=dash]')].filter(Boolean).some((one) => {
    const its = getComputedStyle(one);
    return its.outlineStyle !== 'none' || its.boxShadow !== 'none';
  });
  return [at.id || at.textContent, shown];
}"""


def _go(page: Page, view: str) -> None:
    page.locator(f'#navigation a[href="{view}"]').click()
    expect(page.locator(f'#navigation a[href="{view}"]')).to_have_attribute("aria-current", "page")
    assert re.search(rf"{view}$", page.url)
