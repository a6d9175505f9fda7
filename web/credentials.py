"""
What comes with a request to say who is asking: cookies, bearer tokens, room tokens; where each may stand.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from starlette.requests import HTTPConnection
from starlette.responses import Response

from web.settings import Settings

#: How a room token is offered as a sub-protocol: ``accord.<token>``.
SUBPROTOCOL = "accord."

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def is_secure(settings: Settings, connection: HTTPConnection) -> bool:
    """Whether this browser came over HTTPS: by the public URL, or else by what a trusted proxy says."""
    if settings.public_url is not None:
        return settings.secure
    return connection.scope["scheme"] in ("https", "wss")


def cookie_name(settings: Settings, connection: HTTPConnection) -> str:
    """Return the cookie's name. Cookies do not know ports, so on plain HTTP the name does."""
    if is_secure(settings, connection):
        return "__Host-accord"
    port = connection.url.port or 80
    return f"accord-{port}"


def read_cookie(settings: Settings, connection: HTTPConnection) -> str | None:
    """Return the login's secret."""
    return connection.cookies.get(cookie_name(settings, connection))


def write_cookie(
    settings: Settings, connection: HTTPConnection, response: Response, secret: str
) -> None:
    """Give a browser its login."""
    response.set_cookie(
        cookie_name(settings, connection),
        secret,
        max_age=int(settings.login_lifetime.total_seconds()),
        path="/",
        secure=is_secure(settings, connection),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(settings: Settings, connection: HTTPConnection, response: Response) -> None:
    """Take a browser's login away."""
    response.delete_cookie(
        cookie_name(settings, connection),
        path="/",
        secure=is_secure(settings, connection),
        httponly=True,
        samesite="lax",
    )


def bearer(connection: HTTPConnection) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def room_token(connection: HTTPConnection) -> tuple[str | None, str | None]:
    """
    Return ``(token, sub-protocol to accept)`` of a socket.

    Tokens come as ``?token=``, or as one of the offered sub-protocols, which then must be the one accepted.
    """
    query = connection.query_params.get("token")
    if query:
        return query, None
    for offered in connection.scope.get("subprotocols", ()):
        if offered.startswith(SUBPROTOCOL):
            return offered.removeprefix(SUBPROTOCOL), offered
    return None, None


def base_url(settings: Settings, connection: HTTPConnection) -> str:
    """Return what links begin with: the public URL, or what this request came to."""
    if settings.public_url is not None:
        return settings.public_url
    return f"{connection.url.scheme.replace('ws', 'http', 1)}://{connection.url.netloc}"


def from_our_page(settings: Settings, connection: HTTPConnection) -> bool:
    """Whether our own page sends this, or no page at all: browsers send the origin of every page that changes."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return origin == base_url(settings, connection)


def origin_may_open_rooms(
    settings: Settings, connection: HTTPConnection, *, by_token: bool
) -> bool:
    """Whether a socket may come from where it comes; other pages may only bring a token, never our cookie."""
    origin = connection.headers.get("origin")
    if origin is None or origin == base_url(settings, connection):
        return True
    return by_token and origin in settings.allowed_origins


def is_changing(connection: HTTPConnection) -> bool:
    """Whether a request may change something."""
    return connection.scope["type"] == "http" and connection.scope["method"] in _CHANGING


class BadCredentials:
    """
    Credentials that were refused lately.

    A y-websocket before 3.1 tries again whatever it is told; from the second time on it is refused before the
    upgrade, which costs a tenth.
    """

    def __init__(self, *, seconds: float = 60.0, most: int = 1024) -> None:
        self._seconds = seconds
        self._most = most
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def add(self, credential: str, now: float) -> None:
        """Remember that this one was refused."""
        self._seen[_digest(credential)] = now
        self._seen.move_to_end(_digest(credential))
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def __contains__(self, pair: tuple[str, float]) -> bool:
        credential, now = pair
        seen = self._seen.get(_digest(credential))
        return seen is not None and now - seen < self._seconds


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()
