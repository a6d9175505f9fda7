"""
WebSockets of Yjs clients: who may come in, and handing them to their room.

A refusal that trying again cannot mend is told after accepting, as a close code 44xx: y-websocket 3.1 then stops,
while an answer of 403 before the upgrade makes it try for ever. What tries again all the same is refused
before the upgrade.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from rooms.access import Person
from rooms.broadcast import Channel, Frame
from rooms.connection import Connection
from rooms.errors import BROKEN, EXPIRED, RoomError
from rooms.room import Room
from store import rooms as room_rows
from store import roomtokens
from store.errors import Conflict, DataDamaged, NotFound
from store.participants import Role
from web import auth, credentials
from web.errors import Problem
from web.services import Services, services_of
from web.wsprotocol import EXTENSION, RoomProtocol, SocketChannel

logger = logging.getLogger(__name__)

NOT_SIGNED_IN = (4401, "no valid token or sign-in came with this connection")
NOT_YOURS = (4403, "this room is not yours")
NO_ROOM = (4404, "there is no such room")
OTHER_EPOCH = (4409, "this document was restored and has a new address; load it again")


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Somebody who wants into a room.

    Attributes:
        session_id: The session their credential is for.
        credential: Its id, to end their connections with it.
        expires_at: When it ends.
    """

    person: Person
    session_id: str
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
    if services.draining:
        await _deny(websocket, 503, {"retry-after": "2"})
        return
    if websocket.headers.get("origin") is not None and not credentials.origin_allowed(
        services.settings, websocket
    ):
        await _deny(websocket, 403)
        return
    token, protocol = credentials.room_token(websocket)
    now = asyncio.get_running_loop().time()
    if token is not None and (token, now) in services.bad_credentials:
        await _deny(websocket, 403)
        return
    try:
        visitor = await _visitor(services, websocket, token)
        room = await _room_of(services, websocket.path_params["room"], visitor)
    except Refused as refused:
        if token is not None and refused.code == NOT_SIGNED_IN[0]:
            services.bad_credentials.add(token, now)
        await websocket.accept(subprotocol=protocol)
        await websocket.close(refused.code, refused.reason)
        return
    await websocket.accept(subprotocol=protocol)
    socket = websocket.scope["extensions"].get(EXTENSION)
    if isinstance(socket, RoomProtocol):
        await _serve_raw(socket, room, visitor)
    else:
        await _serve_asgi(websocket, room, visitor)


async def _serve_raw(socket: RoomProtocol, room: Room, visitor: Visitor) -> None:
    """The short way: uvicorn with `web.wsprotocol`."""
    mailbox = _Mailbox()
    gone = socket.take(mailbox)
    connection = _join(room, SocketChannel(socket), visitor)
    if connection is not None:
        mailbox.connection = connection
        with _ends_at(visitor.expires_at, connection):
            await gone


async def _serve_asgi(websocket: WebSocket, room: Room, visitor: Visitor) -> None:
    """The common way: any ASGI server."""
    channel = AsgiChannel()
    connection = _join(room, channel, visitor)
    if connection is None:
        await channel.pump(websocket, None)
        return
    writer = asyncio.create_task(channel.pump(websocket, connection))
    try:
        with _ends_at(visitor.expires_at, connection):
            while True:
                connection.received(await websocket.receive_bytes())
    except (WebSocketDisconnect, KeyError, RuntimeError):
        pass  # gone; or it sent text, or we have closed it
    finally:
        connection.closed()
        channel.end()
        await writer


def _join(room: Room, channel: Channel, visitor: Visitor) -> Connection | None:
    try:
        return room.join(channel, visitor.person, credential=visitor.credential)
    except RoomError as exc:
        channel.close(exc.close_code, str(exc))
        return None


@contextmanager
def _ends_at(moment: datetime, connection: Connection) -> Iterator[None]:
    """Close a connection when its credential expires."""
    seconds = (moment - datetime.now(UTC)).total_seconds()
    loop = asyncio.get_running_loop()
    timer = loop.call_later(max(0.0, seconds), lambda: connection.close(*EXPIRED))
    try:
        yield
    finally:
        timer.cancel()


class _Mailbox:
    """Stands between a socket and its connection, which is made after the socket is taken."""

    connection: Connection | None = None

    def received(self, message: bytes) -> None:
        if self.connection is not None:
            self.connection.received(message)

    def drained(self) -> None:
        if self.connection is not None:
            self.connection.drained()

    def closed(self) -> None:
        if self.connection is not None:
            self.connection.closed()


class AsgiChannel:
    """The way out through an ASGI server: a queue and a task that empties it."""

    def __init__(self) -> None:
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._closing: tuple[int, str] | None = None
        self._ended = False
        self._wake = asyncio.Event()

    def send(self, frame: Frame) -> None:
        """Queue a frame."""
        if self._closing is None and not self._ended:
            self._queue.append(frame)
            self._bytes += len(frame)
            self._wake.set()

    def buffered(self) -> int:
        """Return the bytes not handed to the server yet."""
        return self._bytes

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()

    def end(self) -> None:
        """Stop: the peer is gone."""
        self._ended = True
        self._wake.set()

    async def pump(self, websocket: WebSocket, connection: Connection | None) -> None:
        """Send what is queued until the end."""
        try:
            while not self._ended:
                while self._queue:
                    frame = self._queue.popleft()
                    await websocket.send_bytes(frame.payload)
                    self._bytes -= len(frame)
                if connection is not None:
                    connection.drained()
                if self._queue:
                    continue
                if self._closing is not None:
                    await websocket.close(*self._closing)
                    return
                self._wake.clear()
                await self._wake.wait()
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._ended = True


async def _visitor(services: Services, websocket: WebSocket, token: str | None) -> Visitor:
    """
    Find out who comes.

    Raises:
        Refused: If their credential is no good, or they bring none.
    """
    if token is not None:
        try:
            row = await services.database.read(roomtokens.by_secret, token, at=datetime.now(UTC))
        except NotFound:
            raise Refused(*NOT_SIGNED_IN) from None
        role = Role(row.role)
        person = Person(row.subject, row.name, row.role, role.may_write)
        return Visitor(person, row.session_id, row.id, row.expires_at)
    if websocket.headers.get("origin") is None:  # a cookie alone proves no page of ours
        raise Refused(*NOT_SIGNED_IN)
    session_id = await _session_of(services, websocket.path_params["room"])
    try:
        member = await auth.member_of(websocket, session_id)
    except Problem:
        raise Refused(*NOT_SIGNED_IN) from None
    except NotFound:
        raise Refused(*NOT_YOURS) from None
    asker = await auth.asker_of(websocket)
    if asker.login is None:
        raise Refused(*NOT_SIGNED_IN)
    return Visitor(member.person, session_id, asker.login.id, asker.login.expires_at)


async def _session_of(services: Services, address: str) -> str:
    """The session of a room; an unknown one is told apart only to who is signed in."""

    def query(session: Session) -> str:
        return room_rows.by_address(session, address).session_id

    try:
        return await services.database.read(query)
    except NotFound:
        raise Refused(*NO_ROOM) from None
    except Conflict:
        raise Refused(*OTHER_EPOCH) from None


async def _room_of(services: Services, address: str, visitor: Visitor) -> Room:
    if await _session_of(services, address) != visitor.session_id:
        raise Refused(*NOT_YOURS)
    try:
        return await services.registry.open(address)
    except RoomError as exc:
        raise Refused(exc.close_code, str(exc)) from exc
    except DataDamaged as exc:
        logger.exception("a room cannot be loaded", extra={"action": "load_failed"})
        raise Refused(*BROKEN) from exc


async def _deny(websocket: WebSocket, status: int, headers: dict[str, str] | None = None) -> None:
    await websocket.send_denial_response(Response(status_code=status, headers=headers))
