"""Measures what many runs cost the dashboard.

    python benchmarks/dashboard.py RUN [--runs 200 500]

Folders of so many copies of a finished run are made, and for each is measured:

- start: from the command to the address that it prints, and seconds of CPU until then;
- table: from the command to the first row of the table in Chromium, where there is one, and
  seconds of CPU that the server took until then;
- first look: reading every run, seconds of CPU;
- next look: finding that nothing has changed, seconds of CPU.

Prints a Markdown table. Copies share the run's files by hard links, in the folder of RUN.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from blink.contract import BlinkError, ConfigError
from blink.dashboard.shelf import PATIENCE, Shelf

_READ = ("config.yaml", "metrics.json", "status.json", "curves/version_0/metrics.csv")
_SERVE = "import sys; from blink.cli import main; sys.exit(main(sys.argv[1:]))"


def copy(run: Path, root: Path, count: int) -> None:
    """Makes a folder of so many runs like this one."""
    if not (run / "metrics.json").is_file():
        raise ConfigError(f"{run} is no finished run: it has no metrics.json.")
    for number in range(count):
        folder = root / f"2026-11-{1 + number % 28:02}" / f"07-00-00-copy-{number:04x}"
        for name in _READ:
            if (run / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.link(run / name, folder / name)


def look(root: Path) -> tuple[float, float]:
    """Seconds of CPU for the first look and for the next."""
    shelf = Shelf(root)
    began = time.process_time()
    shelf.look(budget=float("inf"))
    first = time.process_time() - began
    time.sleep(PATIENCE)
    began = time.process_time()
    shelf.look()
    return first, time.process_time() - began


def start(root: Path, chromium: str | None) -> tuple[str, str]:
    """From the command to the address, and to the first row of the table."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _SERVE, "dashboard", str(root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            address = process.stdout.readline().split(" is shown at ")[1].split()[0]
            server = psutil.Process(process.pid)
            started = _told(time.perf_counter() - began, server)
            drawn = None if chromium is None else _draw(address, chromium, began)
            return started, "–" if drawn is None else _told(drawn, server)
        finally:
            process.kill()


def _told(seconds: float, server: psutil.Process) -> str:
    times = server.cpu_times()
    return f"{seconds:.1f} ({times.user + times.system:.1f})"


def _draw(address: str, chromium: str, began: float) -> float:
    """The browser's own start does not count."""
    from playwright.sync_api import sync_playwright

    launched = time.perf_counter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        ready = time.perf_counter()
        page.goto(address)
        page.locator(".ag-center-cols-container .ag-row").first.wait_for(timeout=120_000)
        drawn = time.perf_counter()
        browser.close()
    return launched - began + drawn - ready


def main() -> None:
    """Prints a row for each number of runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--runs", type=int, nargs="+", default=[200, 500])
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    print("| runs | start, s (CPU) | table, s (CPU) | first look, CPU s | next look, CPU s |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for count in options.runs:
        with tempfile.TemporaryDirectory(dir=options.run.parent, prefix=".copies-") as root:
            copy(options.run, Path(root), count)
            started, drawn = start(Path(root), chromium)
            first, following = look(Path(root))
        print(f"| {count} | {started} | {drawn} | {first:.1f} | {following:.2f} |", flush=True)


if __name__ == "__main__":
    try:
        main()
    except BlinkError as error:
        sys.exit(str(error))
