import importlib.util
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from blink.cli import main


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the address that it printed."""
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("blink")), "dashboard", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://\S+", said)
            assert found is not None, said
            yield process, found[0]
        finally:
            process.kill()


def status_of(address: str, **headers: str) -> int:
    try:
        with urlopen(Request(address, headers=headers)) as answer:  # noqa: S310 - our own
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_dashboard_serves_this_machine_and_ends_quietly_when_stopped_by_ctrl_c(
    tmp_path: Path,
) -> None:
    with serving(str(tmp_path), "--port", "0") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert status_of(address) == 200
        assert status_of(address, Host="evil.example") == 403

        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert (process.returncode, errors) == (0, "")


def test_dashboard_makes_a_token_when_others_can_reach_it(tmp_path: Path) -> None:
    with serving(str(tmp_path), "--port", "0", "--host", "0.0.0.0") as (_, address):  # noqa: S104
        place, _, token = address.replace("0.0.0.0", "127.0.0.1").partition("?token=")  # noqa: S104
        assert len(token) >= 32
        assert status_of(place) == 403
        assert status_of(f"{place}?token={token[:-1]}") == 403
        assert status_of(place, Cookie=f"blink_dashboard={token}") == 200


def test_dashboard_says_what_to_do_when_the_port_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert main(["dashboard", str(tmp_path), "--port", port]) == 1

    assert "--port 0 takes any port that is free" in capsys.readouterr().err


def test_dashboard_says_what_to_do_when_the_host_is_another_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboard", str(tmp_path), "--host", "192.0.2.1"]) == 1  # of documents alone
    said = capsys.readouterr().err
    assert "--host has to be a name or an address of this machine" in said
    assert "--port 0" not in said


def test_dashboard_refuses_a_file_when_it_should_be_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "metrics.json"
    file.touch()

    nobodys = "192.0.2.1"  # a host at which nothing is served for ever, should the file be taken
    assert main(["dashboard", str(file), "--host", nobodys]) == 1
    assert f"{file} is no folder" in capsys.readouterr().err


def test_dashboard_refuses_a_token_when_it_could_be_guessed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboard", str(tmp_path), "--token", "secret"]) == 1
    assert "16 letters" in capsys.readouterr().err


def test_dashboard_names_the_extra_when_dash_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert main(["dashboard", str(tmp_path)]) == 1
    assert "pip install 'blink[dashboard]'" in capsys.readouterr().err


def test_dashboard_teaches_when_help_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--help"]) == 0

    said = capsys.readouterr().out
    assert "blink dashboard --host 0.0.0.0" in said
    assert "--token" in said
