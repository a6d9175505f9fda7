"""
One schedule: a server, its disk, its network and its people, for some seconds of their own time.

Everything that happens follows from the seed. What was done is in `events`, what must not be in `violations`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Any

from collab.awareness import read_states
from rooms.access import Person
from rooms.options import RoomOptions
from rooms.room import Room
from store.updatelog import LogOptions
from tests.simulation.clients import Tab
from tests.simulation.clock import VirtualLoop
from tests.simulation.disk import FINE, Disk, Weather
from tests.simulation.network import Close, Link
from tests.simulation.oracle import Oracle, document_state, normal, state_of
from tests.simulation.server import Server

#: Seconds everybody has, in their time, to agree once all is well again.
PATIENCE = 60.0

_SKIES = (
    FINE,
    FINE,
    FINE,
    Weather(seconds=0.02),
    Weather(seconds=0.005, stalls=0.05),
    Weather(seconds=0.002, refused=0.2),
    Weather(seconds=0.005, failed=0.2),
    Weather(seconds=0.005, lost=0.2),
    Weather(seconds=0.003, refused=0.1, failed=0.1, lost=0.1, unread=0.1),
)

_ABSENT = "who is here is not who is shown"

#: What belongs to no process.
_OUTSIDE = Context()


class World:
    """
    One schedule.

    Args:
        seed: All it depends on.
        folder: Where the server keeps its journal.

    Attributes:
        events: Time and what happened.
        violations: What must not be.
        waiting: Words of the bot that wait to be saved.
        engine_failed: Whether a document was lost.
    """

    def __init__(self, seed: int, disk: Disk, folder: Path) -> None:
        self.rng = rng = random.Random(seed)
        self.disk = disk
        self.events: list[tuple[float, tuple[object, ...]]] = []
        self.violations: list[str] = []
        self.waiting: set[str] = set()
        self.engine_failed = False
        self.tabs: list[Tab] = []
        self.loop = VirtualLoop(lambda: rng.expovariate(1.0) * 0.05)
        self.loop.set_exception_handler(self._unforeseen)
        self.options = RoomOptions(
            max_outbox_bytes=rng.choice((700, 4000, 1 << 21)),
            slow_seconds=rng.choice((1.0, 5.0)),
            max_publish_gap_seconds=rng.choice((0.033, 0.4)),
            publish_factor=rng.choice((4.0, 100.0)),
            keep_alive_seconds=2.0,
            idle_seconds=rng.choice((0.4, 2.0, 60.0)),
            compact_after_updates=rng.choice((3, 10, 500)),
            keep_snapshots=rng.choice((1, 2, 3)),
            history_seconds=rng.choice((0.0, 1.0, 7 * 24 * 3600.0)),
        )
        self.log_options = LogOptions(max_gap_seconds=rng.choice((0.008, 0.2)))
        self._look_costs = rng.choice((0.0, 0.0001, 0.002))
        self._pace = rng.choice((0.003, 0.03, 0.2))
        self._lag = rng.choice((0.001, 0.02, 0.1))
        self._kills_at_commits = rng.choice((0.0, 0.0, 0.02))
        self._folder = folder
        self._clients = itertools.count(100)
        self._words = itertools.count()
        self._addresses = dict(disk.rooms[: 2 if rng.random() < 0.15 else 1])
        self._bot_words: set[str] = set()
        self._forbidden: set[str] = set()
        self._with_row: set[str] = set()
        self._links: list[Link] = []
        self._servers: list[Server] = []
        self._healing = False
        self.oracle = Oracle(disk, self.violated, self._with_row)
        disk.begin(rng, self.oracle.committed)
        disk.on_commit = self._committed

    # -- what the others need

    @property
    def server(self) -> Server:
        """The server's present life, or its last."""
        return self._servers[-1]

    def time(self) -> float:
        """Return the seconds of this world."""
        return self.loop.time()

    def look(self) -> float:
        """The server looks at its clock, which takes it a moment."""
        self.loop.spend(self._look_costs)
        return self.loop.time()

    def later(self, seconds: float, call: Callable[..., object], *args: Any) -> None:
        """Have something happen, whatever becomes of the server."""
        self.loop.call_later(seconds, call, *args, context=_OUTSIDE)

    def note(self, *what: object) -> None:
        """Write down what happens."""
        self.events.append((self.loop.time(), what))

    def violated(self, what: str) -> None:
        """Write down what must not be."""
        if what not in self.violations:
            self.note("VIOLATED:", what)
            self.violations.append(what)

    def open_link(self, tab: Tab) -> Link | None:
        """Open a socket for a tab; None if nobody answers."""
        server = self.server
        if not server.alive:
            return None
        slow = not self._healing and self.rng.random() < 0.1
        link = Link(
            self,
            tab,
            server,
            seconds=self._lag,
            loose=tab.loose,
            bytes_per_second=self.rng.choice((300.0, 3000.0)) if slow else None,
        )
        self.note(tab.name, "connects", "slowly" if slow else "")
        self._links.append(link)
        self.later(self._lag, self._accept, link)
        return link

    def _accept(self, link: Link) -> None:
        if link.server.alive:
            link.server.accept(link, self._addresses[link.tab.room], link.tab.person)
        else:
            link.tab.lose(link)

    def server_learns(self, link: Link) -> None:
        """A socket is gone without a word; the server's pings find out."""
        self.later(self.rng.uniform(0.5, 6.0), link.server.lost, link)

    def closed_by_server(self, tab: Tab, close: Close) -> None:
        """A tab is sent away."""
        self.note(tab.name, "is closed:", close.code, close.reason)
        if 4400 <= close.code < 4500:
            self.violated(f"{tab.name} is sent away for good: {close.code} {close.reason}")

    def denied(self, tab: Tab, reason: str) -> None:
        """A tab is told that what it sent was not taken."""
        self.note(tab.name, "is denied:", reason)
        if tab.person.may_write:
            self.violated(f"{tab.name} is denied: {reason}")
        elif not tab.gone:
            tab.close()  # its page is loaded again
            self._open_tab(tab.room, tab.person)

    def _unforeseen(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        exception = context.get("exception")
        self.violated(f"{context.get('message')}: {exception!r}")

    # -- the whole of it

    def run(self) -> list[dict[str, Any]]:
        """Run it; return what the JavaScript reader is to be asked, one for each room."""
        try:
            return self.loop.run_until_complete(self._run())
        finally:
            for server in self._servers:
                server.bury()
            self.loop.close()

    async def _run(self) -> list[dict[str, Any]]:
        self._start_server()
        for number in self._addresses:
            for key in ("ana", "ben", "cem")[: self.rng.randrange(1, 4)]:
                self._open_tab(number, Person(key, key.title(), "participant", True))
        self._take_care()
        for _ in range(self.rng.randrange(15, 50)):
            self._step()
            if self.rng.random() < 0.7:
                await asyncio.sleep(self.rng.expovariate(1.0) * self._pace)
            if self.violations:
                return []
        await self._heal()
        return [] if self.violations else await self._end()

    def _step(self) -> None:
        dice = self.rng.random() * _ALL
        for weight, step in _STEPS:
            dice -= weight
            if dice < 0:
                step(self)
                return

    def _take_care(self) -> None:
        for tab in self._present():
            tab.look_at_the_clock()
            if tab.loose:
                tab.ask()
        self.later(0.5, self._take_care)

    # -- people

    def _present(self) -> list[Tab]:
        return [tab for tab in self.tabs if not tab.gone]

    def _writers(self) -> list[Tab]:
        return [tab for tab in self._present() if tab.person.may_write]

    def _open_tab(self, number: int, person: Person) -> Tab:
        tab = Tab(
            self,
            number,
            person,
            next(self._clients),
            eager=self.rng.random() < 0.2,
            loose=not self._healing and self.rng.random() < 0.15,
            patience=self.rng.uniform(3.0, 5.0),
        )
        self.tabs.append(tab)
        self.note(tab.name, "comes to room", number, "(loose)" if tab.loose else "")
        tab.connect()
        return tab

    def _edits(self) -> None:
        if not (writers := self._writers()):
            return
        tab = self.rng.choice(writers)
        for _ in range(self.rng.choice((1, 1, 1, 2, 6))):
            self.note(tab.name, tab.act(), "" if tab.opened else "(off line)")

    def _observer_edits(self) -> None:
        observers = [tab for tab in self._present() if not tab.person.may_write]
        if observers:
            tab = self.rng.choice(observers)
            self.note(tab.name, "may not, but", tab.act())
            self._forbidden.update(tab.intent.typed)

    def _somebody_comes(self) -> None:
        if len(self._present()) >= 6:
            return
        number = self.rng.choice(list(self._addresses))
        if self.rng.random() < 0.2:
            person = Person("obs", "Obs", "observer", False)
        else:
            key = self.rng.choice(("ana", "ben", "cem", "dia"))
            person = Person(key, key.title(), "participant", True)
        self._open_tab(number, person)

    def _somebody_goes(self) -> None:
        tab = self.rng.choice(self.tabs)
        if not tab.gone:
            self.note(tab.name, "is closed for good")
            tab.close()

    def _goes_off_line(self) -> None:
        tab = self.rng.choice(self.tabs)
        if tab.wants_line and not tab.gone:
            self.note(tab.name, "goes off line")
            tab.disconnect()

    def _comes_back(self) -> None:
        away = [tab for tab in self._present() if not tab.wants_line]
        if away:
            tab = self.rng.choice(away)
            tab.wants_line = True
            tab.connect()

    def _all_go_off_line(self) -> None:
        self.note("everybody goes off line")
        for tab in self._present():
            tab.disconnect()
            self.later(self.rng.uniform(1.0, 6.0), self._back_on_line, tab)

    def _back_on_line(self, tab: Tab) -> None:
        tab.wants_line = True
        tab.connect()

    # -- the network

    def _some_link(self) -> Link | None:
        links = [tab.link for tab in self._present() if tab.link is not None]
        return self.rng.choice(links) if links else None

    def _link_breaks(self) -> None:
        if (link := self._some_link()) is None:
            return
        link.cut()
        who = self.rng.choice(("both", "the client", "the server", "nobody"))
        self.note("the connection of", link.tab.name, "breaks;", who, "learns of it")
        if who in ("both", "the client"):
            self.later(self.rng.random() * 0.1, link.tab.lose, link)
        if who in ("both", "the server"):
            self.later(self.rng.random() * 0.1, link.server.lost, link)
        else:
            self.server_learns(link)

    def _link_stands_still(self) -> None:
        if (link := self._some_link()) is None:
            return
        lanes = self.rng.choice(((link.up,), (link.down,), (link.up, link.down)))
        self.note("the connection of", link.tab.name, "stands still in", len(lanes), "directions")
        seconds = self.rng.choice((0.05, 0.5, 3.0))
        for lane in lanes:
            lane.hold()
            self.later(seconds, lane.go_on)

    # -- the server

    def _start_server(self) -> None:
        self._servers.append(Server(self, self._folder / "at-work"))
        self.note("the server starts")

    def _kill(self) -> None:
        if not self.server.alive:
            return
        self.note("the server is killed")
        self._end_server()

    def _end_server(self) -> None:
        server = self.server
        server.kill()
        self.waiting.clear()
        for link in server.links:
            link.up.cut()
            how = self.rng.random()
            if how < 0.4:  # the kernel still sends what it has, then says goodbye
                link.down.send(Close(1006, "the server is gone"))
            else:
                link.down.cut()
                if how < 0.7:
                    self.later(self.rng.random() * 0.1, link.tab.lose, link)
        self.later(self.rng.choice((0.01, 0.2, 1.0)), self._start_server)

    def _kill_soon(self) -> None:
        self.later(self.rng.random() * 0.02, self._kill)

    def _drain(self) -> None:
        server = self.server
        if not server.alive or server.draining:
            return
        self.note("the server is told to stop")
        self.later(30.0, self._check_drained, server)
        server.drain().add_done_callback(lambda _: self._drained(server), context=_OUTSIDE)

    def _drained(self, server: Server) -> None:
        if server.alive:
            self.note("the server has stopped")
            self.later(3.0, self._exit, server)

    def _exit(self, server: Server) -> None:
        if server.alive:
            if self.waiting:
                self.violated(f"stopped, and {self.waiting} wait for an answer for ever")
            self._end_server()

    def _check_drained(self, server: Server) -> None:
        if server.alive:
            self.violated("the server does not stop")

    def _weather_changes(self) -> None:
        self.disk.weather = self.rng.choice(_SKIES)
        self.note("the disk is now", self.disk.weather)

    def _clock_is_set(self) -> None:
        self.loop.skew = self.rng.choice((-3600.0, 0.0, 3600.0))
        self.note("the clock on the wall is off by", self.loop.skew)

    def _committed(self) -> None:
        self.oracle.committed()
        self.note("committed", *(len(one.rows) for one in self.oracle.ledgers.values()))
        if not self._healing and self.rng.random() < self._kills_at_commits:
            self._kill()

    def _engine_fails(self) -> None:
        """The engine panics over a document, as it does over some bytes; the document is lost."""
        rooms = self.server.registry.rooms if self.server.alive else []
        if rooms:
            self.note("the engine fails")
            self.engine_failed = True
            self.rng.choice(rooms).document._broken = True

    def _bot_edits(self) -> None:
        server = self.server
        if not server.alive or server.draining:
            return
        words = f"⟦bot.{next(self._words)}⟧"
        row = self.rng.random() < 0.6
        bad_row = row and self.rng.random() < 0.15
        self._bot_words.add(words)
        if row:
            self._with_row.add(words)
        self.note(
            "the bot types", words, "with a row" if row else "", "that fails" if bad_row else ""
        )
        address = self.rng.choice(list(self._addresses.values()))
        server.edit(address, words, row=row, bad_row=bad_row)

    def _phase_changes(self) -> None:
        if self.server.alive and not self.server.draining:
            phase = f"phase {next(self._words)}"
            self.note("the phase is set:", phase)
            self.server.set_phase(self.rng.choice(list(self._addresses.values())), phase)

    # -- the end

    async def _heal(self) -> None:
        """Everything works again; wait until everybody agrees."""
        self._healing = True
        self.note("all is well again")
        self.disk.weather = FINE
        for tab in self._present():
            tab.wants_line = True
            if tab.loose:
                tab.disconnect()
                tab.loose = False
                tab.wants_line = True
            tab.connect()
        for link in self._links:
            link.down.hurry()
        deadline = self.time() + PATIENCE
        while not self.violations:
            await asyncio.sleep(0.5)
            found = self._disagreement()
            if found is None:
                await asyncio.sleep(1.1)
                if self._disagreement() is None:
                    return
            elif self.time() > deadline:
                self.violated(f"no agreement: {found}")
            elif found == _ABSENT:
                for tab in self._present():
                    tab.tell_presence()

    def _disagreement(self) -> str | None:
        """Say what keeps the world from being at rest."""
        if not self.server.alive or self.server.draining:
            return "the server is down"
        if self.waiting:
            return f"{self.waiting} wait to be saved"
        for tab in self._present():
            if not tab.opened:
                return f"{tab.name} is not connected"
            if tab.waits_for_more:
                return f"{tab.name} waits for what its updates build on"
            if tab.person.may_write and not tab.saved:
                return f"{tab.name} is not told that all is saved"
            if tab.clocks != self.oracle.ledgers[tab.room].clocks:
                return f"{tab.name} is at {tab.clocks}, logged is {self.oracle.ledgers[tab.room].clocks}"
        for number in self._addresses:
            if (found := self._difference(number)) is not None:
                return found
            if (room := self._room(number)) is not None and _who_is_in(room) != {
                tab.client for tab in self._present() if tab.room == number
            }:
                return _ABSENT
        return None if self.server.cares else "the server has stopped caring for its rooms"

    def _difference(self, number: int) -> str | None:
        logged = normal(self.oracle.ledgers[number].state)
        for tab in self._present():
            if tab.room == number and normal(state_of(tab.doc)) != logged:
                return f"{tab.name} reads {normal(state_of(tab.doc))}, logged is {logged}"
        room = self._room(number)
        if room is not None and normal(document_state(room.document)) != logged:
            return f"the server holds {normal(document_state(room.document))}, logged is {logged}"
        return None

    def _room(self, number: int) -> Room | None:
        return next((room for room in self.server.registry.rooms if room.number == number), None)

    async def _end(self) -> list[dict[str, Any]]:
        """Check what is left of it all, then once more after a restart."""
        for number in self._addresses:
            writers = [tab for tab in self.tabs if tab.room == number and tab.person.may_write]
            self.oracle.check_meaning(number, writers, self._bot_words, self._forbidden)
        for tab in self._present():
            if not tab.check_clocks():
                self.violated(f"{tab.name} has lost count")
        live = {
            number: room.document.encode() if (room := self._room(number)) is not None else None
            for number in self._addresses
        }
        for tab in self._present():
            tab.wants_line = False
        self.rng.choice((self._kill, self._drain))()
        while not self.server.alive or self.server.draining:  # noqa: ASYNC110 - time jumps here
            await asyncio.sleep(0.25)
        questions = []
        for number, address in self._addresses.items():
            room = await self.server.life.start(self.server.registry.open(address))
            self.oracle.check_loaded(number, room.document)
            loaded = room.document.encode()
            questions.append(self.oracle.for_the_reader(number, live[number] or loaded))
        return questions


def _who_is_in(room: Room) -> set[int]:
    """The clients a newcomer is told of."""
    return {state.client for state in read_states(room.presence.everybody() or b"\x00")}


#: How often what happens, and what it is.
_STEPS: tuple[tuple[float, Callable[[World], None]], ...] = (
    (55, World._edits),
    (1, World._observer_edits),
    (4, World._somebody_comes),
    (2, World._somebody_goes),
    (5, World._goes_off_line),
    (7, World._comes_back),
    (1, World._all_go_off_line),
    (5, World._link_breaks),
    (5, World._link_stands_still),
    (2, World._kill),
    (2, World._kill_soon),
    (1.5, World._drain),
    (4, World._weather_changes),
    (1, World._clock_is_set),
    (2, World._engine_fails),
    (6, World._bot_edits),
    (1, World._phase_changes),
)
_ALL = sum(weight for weight, _ in _STEPS)
