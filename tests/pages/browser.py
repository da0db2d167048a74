"""Pages as a browser shows them."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no chromium on this machine, which draws the page"
)

_FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="frame" src="{page}" style="width:{width}px;height:900px;border:0"></iframe>
<script>
const frame = document.getElementById("frame");
frame.onload = () => setTimeout(() => {{
  const page = frame.contentDocument, root = page.documentElement;
  const style = frame.contentWindow.getComputedStyle(page.body);
  const table = page.querySelector("table.sortable"), heads = [...table.tHead.rows[0].cells];
  const column = heads.findIndex((head) => head.classList.contains("number"));
  heads[column].querySelector("button").click();
  document.title = JSON.stringify({{
    way: heads[column].getAttribute("aria-sort"),
    sorted: [...table.tBodies[0].rows].map((row) => Number(row.cells[column].dataset.value)),
    scroll: root.scrollWidth, client: root.clientWidth, paper: style.backgroundColor,
    charts: page.querySelectorAll(".chart").length,
    drawn: page.querySelectorAll(".chart svg.marks path").length,
    svgs: page.querySelectorAll(".chart svg.marks").length,
    buttons: page.querySelectorAll("table.sortable thead button").length,
    heads: page.querySelectorAll("table.sortable thead th:not(.dots)").length,
  }});
}}, 2500);
</script></body>"""


@dataclass(frozen=True)
class Sight:
    """What a browser made of a page.

    Attributes:
        facts: Measured within it.
        console: What it complained of.
    """

    facts: dict[str, object]
    console: list[str]


def look_at(page: Path, width: int, *, is_dark: bool) -> Sight:
    """Opens a page from disk, in a frame of some width."""
    frame = page.with_name(f"frame-{width}-{is_dark}.html")
    frame.write_text(_FRAME.format(page=page.name, width=width), encoding="utf-8")
    assert BROWSER is not None
    command = [
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--disable-background-networking", "--allow-file-access-from-files"),
        *("--enable-logging=stderr", "--v=0", f"--user-data-dir={page.parent / 'browser'}"),
        *(f"--blink-settings=preferredColorScheme={0 if is_dark else 1}",),
        *("--virtual-time-budget=20000", "--window-size=1400,1000", "--dump-dom"),
        frame.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    title = re.search("<title>(.*?)</title>", done.stdout)
    assert title is not None, done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Sight(json.loads(title[1].replace("&quot;", '"').replace("&amp;", "&")), console)
