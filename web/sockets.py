"""
WebSockets of Yjs clients: who may come in, and handing them to their room.

A refusal that trying again cannot mend is told after accepting, as a close code 44xx: y-websocket 3.1 then stops,
while an answer of 403 before the upgrade makes it try for ever. What tries again all the same is refused
before the upgrade.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from rooms.access import Person
from rooms.broadcast import Channel, Frame
from rooms.connection import Connection
from rooms.errors import BROKEN, RESTARTING, RoomError
from rooms.room import Room
from store import rooms as room_rows
from store import roomtokens
from store.errors import Conflict, DataDamaged, NotFound
from store.models import Room as RoomRow
from store.models import RoomToken
from store.participants import Role
from web import auth, credentials
from web.credentials import BadCredentials
from web.errors import Problem
from web.services import Services, services_of
from web.wsprotocol import EXTENSION, RoomProtocol

logger = logging.getLogger(__name__)

NOT_SIGNED_IN = (4401, "no valid token or sign-in came with this connection")
NOT_YOURS = (4403, "this room is not yours")
NO_ROOM = (4404, "there is no such room")
#: A peer that is told to go and does not is left after this.
_GOODBYE_SECONDS = 2.0

OTHER_EPOCH = (4409, "this document was restored and has a new address; load it again")


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Somebody who wants into a room.

    Attributes:
        credential: Its id, to end their connections with it.
        expires_at: When it ends.
    """

    person: Person
    credential: str
    expires_at: datetime


class Refused(Exception):
    """The socket is closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def room_socket(websocket: WebSocket) -> None:
    """Serve one Yjs client at ``/yjs/{room}``."""
    services = services_of(websocket)
    room_address = websocket.path_params["room"]
    if services.draining:
        await _deny(websocket, 503, {"retry-after": "2"})
        return
    wait = services.handshakes.wait(_address(websocket), asyncio.get_running_loop().time())
    if wait:
        services.registry.metrics.refusals["429"] += 1
        await _deny(websocket, 429, {"retry-after": str(math.ceil(wait))})
        return
    token, protocol = credentials.room_token(websocket)
    if not credentials.origin_may_open_rooms(services.settings, websocket, by_token=bool(token)):
        await _deny(websocket, 403)
        return
    tries = _Tries(services.bad_credentials, token, room_address)
    if tries.known_bad:
        await _deny(websocket, 403)
        return
    kicks_before = services.kicks
    try:
        if token is not None:
            visitor, row = await _by_token(services, token, room_address)
        else:
            visitor, row = await _by_cookie(services, websocket, room_address)
        room = await _open(services, row)
    except Refused as refused:
        tries.remember(refused.code)
        services.registry.metrics.refusals[str(refused.code)] += 1
        _log_refusal(websocket, refused)
        await websocket.accept(subprotocol=protocol)
        await websocket.close(refused.code, refused.reason)
        return
    await websocket.accept(subprotocol=protocol)
    if services.kicks != kicks_before:  # perhaps this one, while we looked: let them ask again
        await websocket.close(*RESTARTING)
        return
    protocol_of_server = websocket.scope.get("extensions", {}).get(EXTENSION)
    if isinstance(protocol_of_server, RoomProtocol):
        _give_socket(protocol_of_server, room, visitor)
    else:
        await _serve_asgi(websocket, room, visitor)


def _give_socket(protocol: RoomProtocol, room: Room, visitor: Visitor) -> None:
    """The short way: uvicorn with `web.wsprotocol`. The request ends here, the socket lives on in its room."""
    socket = protocol.take()
    if socket is None:
        return
    connection = _join(room, socket, visitor)
    if connection is not None:
        socket.hand_to(connection)


async def _serve_asgi(websocket: WebSocket, room: Room, visitor: Visitor) -> None:
    """The common way: any ASGI server."""
    channel = AsgiChannel()
    connection = _join(room, channel, visitor)
    writer = asyncio.create_task(channel.pump(websocket, connection))
    reader = asyncio.create_task(_receive(websocket, channel, connection))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        if reader.done() and not channel.closing:  # the peer has gone: nobody is left to write to
            writer.cancel()
        await asyncio.wait({reader, writer}, timeout=_GOODBYE_SECONDS)
    finally:
        if connection is not None:
            connection.closed()
        for task in (reader, writer):
            task.cancel()
        await asyncio.gather(reader, writer, return_exceptions=True)


async def _receive(
    websocket: WebSocket, channel: AsgiChannel, connection: Connection | None
) -> None:
    """Hand messages on until the peer goes or may not go on."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes")
        if connection is None or channel.closing:
            continue
        if data is None:
            channel.close(1003, "this server takes binary messages only")
            connection.closed()
            continue
        try:
            connection.received(data)
        except Exception:
            logger.exception("a room failed on a message", extra={"action": "message_failed"})
            channel.close(1011, "the server failed")
            connection.closed()
        await asyncio.sleep(channel.take_pause())


def _join(room: Room, channel: Channel, visitor: Visitor) -> Connection | None:
    seconds = (visitor.expires_at - datetime.now(UTC)).total_seconds()
    try:
        return room.join(
            channel, visitor.person, credential=visitor.credential, lasts_seconds=seconds
        )
    except RoomError as exc:
        channel.close(exc.close_code, str(exc))
        return None


class AsgiChannel:
    """The way out through an ASGI server: a queue and a task that empties it."""

    def __init__(self) -> None:
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._last_words: tuple[int, str] | None = None
        self._pause = 0.0
        self._wake = asyncio.Event()

    @property
    def closing(self) -> bool:
        """Whether the conversation is being ended by us."""
        return self._last_words is not None

    def send(self, frame: Frame) -> int:
        """Queue a frame; return the bytes not handed to the server yet."""
        if not self.closing:
            self._queue.append(frame)
            self._bytes += len(frame)
            self._wake.set()
        return self._bytes

    def buffered(self) -> int:
        """Return the bytes not handed to the server yet."""
        return self._bytes

    def pause(self, seconds: float) -> None:
        """Read nothing for so long."""
        self._pause = max(self._pause, seconds)

    def take_pause(self) -> float:
        """Return for how many seconds to read nothing, once."""
        pause, self._pause = self._pause, 0.0
        return pause

    def tick(self, now: float) -> None:
        """The server itself sees whether the peer is there."""

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""
        if not self.closing:
            self._last_words = (code, reason)
            self._wake.set()

    async def pump(self, websocket: WebSocket, connection: Connection | None) -> None:
        """Send what is queued until the end."""
        try:
            while True:
                while self._queue:
                    frame = self._queue.popleft()
                    await websocket.send_bytes(frame.payload)
                    self._bytes -= len(frame)
                if connection is not None:
                    connection.drained()
                if self._queue:
                    continue
                if self._last_words is not None:
                    await websocket.close(*self._last_words)
                    return
                self._wake.clear()
                await self._wake.wait()
        except (WebSocketDisconnect, RuntimeError, OSError):
            return  # the peer has gone


class _Tries:
    """
    What is known of a token that comes: a bad one is bad everywhere, a good one may be wrong for one room.

    Args:
        token: None for who comes with a cookie, of whom nothing is remembered.
    """

    def __init__(self, bad: BadCredentials, token: str | None, room: str) -> None:
        self._bad = bad
        self._token = token
        self._here = f"{token} {room}"
        self._now = asyncio.get_running_loop().time()

    @property
    def known_bad(self) -> bool:
        """Whether this token was refused within the last minute."""
        if self._token is None:
            return False
        return (self._token, self._now) in self._bad or (self._here, self._now) in self._bad

    def remember(self, code: int) -> None:
        """This token was refused; 44xx will not be otherwise next time."""
        if self._token is not None and code < 4500:
            everywhere = code == NOT_SIGNED_IN[0]
            self._bad.add(self._token if everywhere else self._here, self._now)


def _address(websocket: WebSocket) -> str:
    return websocket.client.host if websocket.client is not None else "unknown"


def _log_refusal(websocket: WebSocket, refused: Refused) -> None:
    logger.info(
        "socket refused",
        extra={
            "action": "socket_refused",
            "code": refused.code,
            "address": _address(websocket),
        },
    )


async def _by_token(services: Services, token: str, address: str) -> tuple[Visitor, RoomRow]:
    """
    Find out who comes and which room they want: one question to the database, since everybody asks it at once.

    Raises:
        Refused: If the token is no good, or not for this room.
    """

    def query(session: Session) -> tuple[RoomToken, RoomRow]:
        try:
            row = roomtokens.by_secret(session, token, at=datetime.now(UTC))
        except NotFound:
            raise Refused(*NOT_SIGNED_IN) from None
        return row, _room_at(session, address)

    row, room = await services.database.read(query)
    if room.session_id != row.session_id:
        raise Refused(*NOT_YOURS)
    person = Person(row.subject, row.name, row.role, Role(row.role).may_write)
    return Visitor(person, row.id, row.expires_at), room


async def _by_cookie(
    services: Services, websocket: WebSocket, address: str
) -> tuple[Visitor, RoomRow]:
    """
    Find out whose browser comes and which room they want.

    Raises:
        Refused: If nobody is signed in there, or not for this room.
    """
    if websocket.headers.get("origin") is None:  # a cookie alone proves no page of ours
        raise Refused(*NOT_SIGNED_IN)
    try:
        asker = await auth.asker_of(websocket)
    except Problem:
        raise Refused(*NOT_SIGNED_IN) from None
    if asker.login is None or asker.nobody:
        raise Refused(*NOT_SIGNED_IN)
    room = await services.database.read(_room_at, address)
    try:
        member = await auth.member_as(websocket, asker, room.session_id)
    except NotFound:
        raise Refused(*NOT_YOURS) from None
    return Visitor(member.person, asker.login.id, asker.login.expires_at), room


def _room_at(session: Session, address: str) -> RoomRow:
    """
    Return the room of an address. Only who brings a good credential is told that there is none.

    Raises:
        Refused: If there is none, or it has another address by now.
    """
    try:
        return room_rows.by_address(session, address)
    except NotFound:
        raise Refused(*NO_ROOM) from None
    except Conflict:
        raise Refused(*OTHER_EPOCH) from None


async def _open(services: Services, row: RoomRow) -> Room:
    """
    Open the room a visitor wants.

    Raises:
        Refused: If it cannot be opened.
    """
    try:
        return await services.registry.open_found(row)
    except RoomError as exc:
        raise Refused(exc.close_code, str(exc)) from exc
    except DataDamaged as exc:
        logger.exception("a room cannot be loaded", extra={"action": "load_failed"})
        raise Refused(*BROKEN) from exc


async def _deny(websocket: WebSocket, status: int, headers: dict[str, str] | None = None) -> None:
    """Refuse before the upgrade; a server that cannot say why says 403."""
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(Response(status_code=status, headers=headers))
    else:
        await websocket.close()
