from collections.abc import Callable
from http import HTTPStatus

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from blink.dashboard.guard import COOKIE, Guard, is_loopback

TOKEN = "a-token-of-enough-letters"  # noqa: S105
Ask = Callable[..., TestResponse]


def client(token: str | None, *, only_loopback: bool) -> Client:
    inside = Response("inside")
    return Client(Guard(inside, token=token, only_loopback=only_loopback, policy="default-src 'x'"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.1.2.3", True),
        ("0.0.0.0", False), ("192.168.1.7", False), ("::", False),  # noqa: S104
        ("localhost.evil.example", False),
    ],
)  # fmt: skip
def test_loopback_is_told_when_a_host_is_named(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost:8050", "[::1]:8050", "LOCALHOST"])
def test_guard_lets_in_when_the_host_is_this_machine(host: str) -> None:
    answer = client(None, only_loopback=True).get("/", headers={"Host": host})

    assert answer.text == "inside"
    assert answer.headers["Content-Security-Policy"] == "default-src 'x'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "192.168.1.7", "", "[::1",
     "[evil]"],
)  # fmt: skip
def test_guard_refuses_when_a_foreign_name_points_at_loopback(host: str) -> None:
    answer = client(None, only_loopback=True).get("/", headers={"Host": host})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "localhost" in answer.text


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200), ("http://localhost", 200), ("http://evil.example", 403), ("null", 403),
        ("http://localhost:1234", 403), ("http://[evil]", 403), ("https://localhost", 200),
    ],
)  # fmt: skip
def test_guard_refuses_what_is_sent_when_another_page_sends_it(
    origin: str | None, status: int
) -> None:
    headers = {"Host": "localhost"} | ({"Origin": origin} if origin else {})

    assert client(None, only_loopback=True).post("/", headers=headers).status_code == status


def test_guard_asks_for_the_token_when_there_is_one() -> None:
    asked = client(TOKEN, only_loopback=False)

    assert asked.get("/").status_code == HTTPStatus.FORBIDDEN
    assert asked.get("/?token=wrong").status_code == HTTPStatus.FORBIDDEN
    assert asked.get("/", headers={"Cookie": f"{COOKIE}=wrong"}).status_code == 403
    assert asked.get("/", headers={"Cookie": "ä=;;,"}).status_code == HTTPStatus.FORBIDDEN
    assert asked.get("/_dash-layout").status_code == HTTPStatus.FORBIDDEN


def test_guard_moves_the_token_into_a_cookie_when_it_is_right() -> None:
    asked = client(TOKEN, only_loopback=False)

    path = {"PATH_INFO": "//evil.example/\r\nX: 1"}
    welcome = asked.get(f"/?a=1&token={TOKEN}", environ_overrides=path)

    assert welcome.status_code == HTTPStatus.SEE_OTHER
    assert welcome.headers["Location"] == "/evil.example/%0D%0AX%3A%201?a=1"
    assert "HttpOnly; SameSite=Strict" in welcome.headers["Set-Cookie"]
    assert asked.get("/").text == "inside"  # the client has kept the cookie
