"""
Sockets between clients and the server that are slow, break, or break at one end only.

A link is ordered and whole, as TCP is, until it ends; then what was under way is lost, and each end learns of it
at once, later, or only by silence. A loose link stands for transports without that promise: single messages are
lost, come twice or overtake each other.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rooms.broadcast import Frame
from rooms.connection import Connection

if TYPE_CHECKING:
    from tests.simulation.clients import Tab
    from tests.simulation.server import Server


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a conversation, said by one side."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The server has accepted the socket."""


Item = bytes | Close | Opened


def told(item: Item) -> str:
    """Return an item in words, for the list of events."""
    if not isinstance(item, bytes):
        return str(item)
    kind = _KINDS.get(item[:2]) or _KINDS.get(item[:1], "?")
    return f"{kind} ({len(item)} bytes)"


_KINDS = {
    b"\x00\x00": "question",
    b"\x00\x01": "answer",
    b"\x00\x02": "update",
    b"\x01": "presence",
    b"\x02": "refusal",
    b"\x66": "counter",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What it means to a client when a counter comes back: this is on disk.

    Attributes:
        clock: Everything it wrote before this clock,
        since, until: and these of its deletions.
    """

    clock: int
    since: int
    until: int


class Times(Protocol):
    """What the network needs of the world."""

    rng: random.Random

    def time(self) -> float: ...

    def later(self, seconds: float, call: Callable[..., object], *args: Any) -> None: ...


class Lane:
    """
    One direction of a link.

    Args:
        arrive: Called with each message that comes through.
        seconds: What the way takes, on average.
        loose: Whether messages are lost, doubled and reordered.
        bytes_per_second: How fast the other side takes what is sent; None for at once.
    """

    def __init__(
        self,
        world: Times,
        arrive: Callable[[Item], None],
        *,
        seconds: float,
        loose: bool = False,
        bytes_per_second: float | None = None,
    ) -> None:
        self._world = world
        self._arrive = arrive
        self._seconds = seconds
        self._loose = loose
        self._bytes_per_second = bytes_per_second
        self._last_arrival = 0.0
        self._departures: deque[tuple[float, int]] = deque()
        self._held: deque[Item] = deque()
        self._holds = 0
        self._cut = False
        self._lost_bytes = 0
        self.on_empty: Callable[[], None] = lambda: None

    def send(self, item: Item) -> None:
        """Send a message; it arrives some time, or not at all."""
        if self._cut:
            self._lost_bytes += _size(item)  # the kernel keeps what nobody confirms
        else:
            self._post(item)

    def waiting_bytes(self) -> int:
        """Return the bytes that the other side has not taken."""
        now = self._world.time()
        while self._departures and self._departures[0][0] <= now:
            self._departures.popleft()
        on_the_way = sum(size for _, size in self._departures)
        return self._lost_bytes + on_the_way + sum(map(_size, self._held))

    def hold(self) -> None:
        """Let nothing through for now."""
        self._holds += 1

    def go_on(self) -> None:
        """Undo one `hold`; after the last, all that was held comes through."""
        self._holds -= 1
        while self._held and not self._holds and not self._cut:
            self._arrive(self._held.popleft())
        self._look_whether_empty()

    def hurry(self) -> None:
        """From now on take everything at once."""
        self._bytes_per_second = None

    def cut(self) -> None:
        """Let nothing through any more. What is under way is lost."""
        self._cut = True

    def _post(self, item: Item) -> None:
        world = self._world
        now = world.time()
        left = now
        if self._bytes_per_second is not None:
            before = self._departures[-1][0] if self._departures else now
            left = max(now, before) + _size(item) / self._bytes_per_second
            self._departures.append((left, _size(item)))
            self._tell_when_empty()
        times = 1
        in_order = not (self._loose and isinstance(item, bytes))
        if not in_order:
            dice = world.rng.random()
            times = 0 if dice < 0.12 else 2 if dice < 0.2 else 1
        for _ in range(times):
            arrival = left + world.rng.expovariate(1.0) * self._seconds
            if in_order:
                arrival = self._last_arrival = max(arrival, self._last_arrival + 1e-6)
            world.later(arrival - now, self._come_through, item)

    def _tell_when_empty(self) -> None:
        wait = self._departures[-1][0] - self._world.time() if self._departures else 0.0
        self._world.later(max(0.0, wait), self._look_whether_empty)

    def _look_whether_empty(self) -> None:
        if not self._cut and not self._holds and not self.waiting_bytes():
            self.on_empty()

    def _come_through(self, item: Item) -> None:
        if not self._cut:
            if self._holds:
                self._held.append(item)
            else:
                self._arrive(item)


class Link:
    """
    One socket between a tab and one life of the server.

    Attributes:
        up, down: Its directions: to the server, to the client.
        connection: What the server knows it as; None before and after.
        loose: Whether it promises nothing about single messages.
        claims: Counter -> what the client believes when it comes back.
        gone: Whether the server knows that it is over.
    """

    def __init__(
        self,
        world: Times,
        tab: Tab,
        server: Server,
        *,
        seconds: float,
        loose: bool,
        bytes_per_second: float | None,
    ) -> None:
        self.tab = tab
        self.server = server
        self.loose = loose
        self.connection: Connection | None = None
        self.claims: dict[int, Claim] = {}
        self.gone = False
        self.up = Lane(
            world, lambda item: server.received(self, item), seconds=seconds, loose=loose
        )
        self.down = Lane(
            world,
            lambda item: tab.received(self, item),
            seconds=seconds,
            loose=loose,
            bytes_per_second=bytes_per_second,
        )

    def cut(self) -> None:
        """Break it. Nobody is told."""
        self.up.cut()
        self.down.cut()


class SimulatedChannel:
    """
    The server's end of a link (`rooms.broadcast.Channel`).

    Args:
        watch: Called with each frame the server sends, before it leaves.
    """

    def __init__(self, world: Times, link: Link, watch: Callable[[Link, Frame], None]) -> None:
        self._world = world
        self._link = link
        self._watch = watch
        self._closing = False

    def send(self, frame: Frame) -> int:
        """Send a frame."""
        if not self._closing:
            self._watch(self._link, frame)
            self._link.down.send(frame.payload)
        return self.buffered()

    def buffered(self) -> int:
        """Return what the client has not taken."""
        return self._link.down.waiting_bytes()

    def pause(self, seconds: float) -> None:
        """Read nothing from the client for so long."""
        self._link.up.hold()
        self._world.later(seconds, self._link.up.go_on)

    def tick(self, now: float) -> None:
        """Who is gone is found out by the link."""

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued."""
        if not self._closing:
            self._closing = True
            self._link.down.send(Close(code, reason))


def _size(item: Item) -> int:
    return len(item) if isinstance(item, bytes) else 0
