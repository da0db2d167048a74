"""Who may ask: this machine alone, or whoever has the token."""

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

Environment = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environment, Start], Iterable[bytes]]

COOKIE: Final = "blink_dashboard"
_TOKEN: Final = "token"  # noqa: S105 - the name of the parameter
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach a server there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """WSGI middleware that stands before everything else.

    Refused are: names in `Host` that are not this machine's, where only this machine is served (a
    foreign page whose name was made to point here would otherwise be taken for ours); what another
    page sends; and whoever lacks the token, where there is one.
    """

    def __init__(
        self, application: Application, *, token: str | None, only_loopback: bool, policy: str
    ) -> None:
        """Makes it.

        Args:
            application: What is guarded.
            token: That is asked for; None for nobody.
            only_loopback: Whether the server is bound to this machine alone.
            policy: Content security policy of answers that have none of their own.
        """
        self._application = application
        self._token = token
        self._only_loopback = only_loopback
        self._policy = policy

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        """Answers, or lets the application answer."""
        host = environment.get("HTTP_HOST", "")
        if self._only_loopback and not is_loopback(_name(host)):
            return _refuse(start, f"This server is known as localhost, not as {host!r}.")
        origin = environment.get("HTTP_ORIGIN")
        is_foreign = origin is not None and origin not in (f"http://{host}", f"https://{host}")
        if environment["REQUEST_METHOD"] not in _SAFE and is_foreign:
            return _refuse(start, "Another page may not ask this of the dashboard.")
        if self._token is None:
            return self._application(environment, self._with_headers(start))
        return self._ask(environment, start, self._token)

    def _ask(self, environment: Environment, start: Start, token: str) -> Iterable[bytes]:
        query = parse_qsl(environment.get("QUERY_STRING", ""), keep_blank_values=True)
        given = dict(query).get(_TOKEN)
        if given is not None and _is_same(given, token):
            rest = urlencode([pair for pair in query if pair[0] != _TOKEN])
            # One slash: `//host` would lead elsewhere.
            path = "/" + quote(environment.get("PATH_INFO", "").lstrip("/").encode("latin-1"))
            return _welcome(start, token, f"{path}?{rest}" if rest else path)
        if _is_same(_cookie(environment), token):
            return self._application(environment, self._with_headers(start))
        return _refuse(start, "Open the address that `blink dashboard` printed, with its token.")

    def _with_headers(self, start: Start) -> Start:
        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            has = {name.lower() for name, _ in headers}
            policy = [] if "content-security-policy" in has else [self._policy]
            more = [*_HEADERS, *(("Content-Security-Policy", one) for one in policy)]
            return start(status, headers + more, *rest)

        return begin


def _name(host: str) -> str:
    """Of what a browser asked, without its port; empty where that is no name."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # "[::1"
        return ""


def _is_same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _cookie(environment: Mapping[str, Any]) -> str:
    try:
        found = SimpleCookie(environment.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _welcome(start: Start, token: str, where: str) -> Iterable[bytes]:
    """The token leaves the address bar, where it would be seen, and stays in a cookie."""
    cookie = f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
    start("303 See Other", [("Location", where), ("Set-Cookie", cookie), *_HEADERS])
    return [b""]


def _refuse(start: Start, why: str) -> Iterable[bytes]:
    status = HTTPStatus.FORBIDDEN
    headers = [("Content-Type", "text/plain; charset=utf-8"), *_HEADERS]
    start(f"{status.value} {status.phrase}", headers)
    return [f"{why}\n".encode()]
