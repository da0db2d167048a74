from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blink.dashboard.files import address, find_file
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.page import make_page
from blink.dashboard.shelf import Shelf
from tests.dashboard.run_folders import Made, write_run

RUN = "2026-11-20/07-00-00-pico-0001"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = tmp_path / "runs"
    (tmp_path / "secret.json").write_text("{}")
    write_run(root, Made("2026-11-20/07-00-00-pico-0002"))
    folder = write_run(root, Made(RUN))
    (folder / "model.ckpt").write_text("weights")
    (folder / ".hidden.json").write_text("{}")
    (folder / "out.json").symlink_to(tmp_path / "secret.json")
    (folder / "other").symlink_to(root / "2026-11-20/07-00-00-pico-0002")
    (folder / "same.json").symlink_to("metrics.json")
    return folder


@pytest.fixture
def asked(run: Path) -> FlaskClient:
    server: Flask = make_page(Shelf(run.parents[1])).server
    return server.test_client()


def test_file_is_served_as_a_stranger_when_it_is_a_report(asked: FlaskClient, run: Path) -> None:
    with asked.get(f"/files/{RUN}/-/report.html") as answer:
        assert answer.status_code == 200
        assert answer.data == (run / "report.html").read_bytes()
        policy = answer.headers["Content-Security-Policy"]

    assert policy.startswith("sandbox allow-scripts allow-popups; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("train.log", "text/plain"), ("config.yaml", "text/plain"),
        ("same.json", "application/json"),
    ],
)  # fmt: skip
def test_file_is_of_a_kind_that_never_runs_when_it_is_no_page(
    asked: FlaskClient, name: str, kind: str
) -> None:
    with asked.get(f"/files/{RUN}/-/{name}") as answer:
        assert answer.mimetype == kind


@pytest.mark.parametrize(
    "path",
    [
        f"{RUN}/-/../../../secret.json", f"{RUN}/-/..%2f..%2f..%2fsecret.json",
        f"{RUN}/-/%2e%2e/%2e%2e/%2e%2e/secret.json", f"{RUN}/-//etc/passwd",
        f"{RUN}/-/out.json", f"{RUN}/-/other/metrics.json", f"{RUN}/-/.hidden.json",
        f"{RUN}/-/model.ckpt", f"{RUN}/-/none.json", f"{RUN}/-/mistakes", f"{RUN}/-/a%00.json",
        "2026-11-20/-/07-00-00-pico-0001/metrics.json", "../-/secret.json", "/-/secret.json",
    ],
)  # fmt: skip
def test_file_is_not_served_when_it_is_none_of_the_runs(asked: FlaskClient, path: str) -> None:
    answer = asked.get(f"/files/{path}")

    # Addresses that are no file's get the page itself, which holds nothing of theirs.
    assert answer.status_code == 404 or b"react-entry-point" in answer.data
    assert b"root:" not in answer.data


@pytest.mark.parametrize("path", ["../../../secret.json", "/etc/hostname", "a\0.json", "other"])
def test_find_file_is_none_when_a_path_leads_out(run: Path, path: str) -> None:
    shelf = Shelf(run.parents[1])

    assert find_file(shelf, RUN, path) is None
    assert find_file(shelf, RUN, "metrics.json") == (run / "metrics.json").resolve()


def test_file_is_served_when_the_root_is_itself_a_run(run: Path) -> None:
    shelf = Shelf(run)
    (entry,) = shelf.look().entries

    assert address(entry, "report.html") == f"/files/{run.name}/-/report.html"
    assert find_file(shelf, run.name, "report.html") == run / "report.html"


def test_address_is_quoted_when_names_are_strange(shelf: Shelf) -> None:
    entry: ListedRun = shelf.look().entries[0]

    assert address(entry, "a b?.png") == f"/files/{entry.id}/-/a%20b%3F.png"
