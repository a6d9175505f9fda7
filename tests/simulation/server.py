"""
One life of the server: the real registry, rooms and log, on the simulated disk and network.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from collab import positions
from collab.document import Document
from collab.origins import SERVER, Origin, Via
from rooms.errors import BROKEN, NotSaved, RoomClosed, RoomError, RoomLoading
from rooms.journal import Journal
from rooms.registry import Registry
from store.errors import DataDamaged
from store.updatelog import UpdateLog
from tests.simulation.clock import Life
from tests.simulation.disk import SimulatedDatabase, say
from tests.simulation.network import Close, Item, Link, Opened, SimulatedChannel, told

if TYPE_CHECKING:
    from rooms.access import Person
    from tests.simulation.world import World

BOT = Origin("bot", Via.BOT)


class Refusal(Exception):
    """A row of the application that cannot be written."""


class Server:
    """One process, from its start to its end."""

    def __init__(self, world: World, journal: Path) -> None:
        self.world = world
        self.life = Life(world.loop)
        self.draining = False
        self._links: dict[Link, None] = {}
        self._journal = Journal(journal)
        self._journal.__enter__()
        database = SimulatedDatabase(world.disk, world.loop, self.life)
        self.log = UpdateLog(database, world.log_options)  # type: ignore[arg-type]
        self.registry = Registry(
            database,  # type: ignore[arg-type]
            world.options,
            log=self.log,
            journal=self._journal,
            clock=world.look,
        )
        self.life.start(self.registry.__aenter__())

    @property
    def cares(self) -> bool:
        """Whether it still takes care of its rooms."""
        return self.registry._care is not None and not self.registry._care.done()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.life.alive

    def kill(self) -> None:
        """End it where it stands."""
        self.life.die()
        self.world.disk.crash()

    def bury(self) -> None:
        """Free what it held, when its schedule is over."""
        self.life.bury()
        self._journal.__exit__(None, None, None)

    def drain(self) -> asyncio.Task[None]:
        """Stop it as SIGTERM does."""
        self.draining = True
        return self.life.start(self.registry.drain())

    # -- sockets, as `web.sockets` serves them

    def accept(self, link: Link, address: str, person: Person) -> None:
        """Take a socket."""
        self._links[link] = None
        self.life.start(self._serve(link, address, person))

    async def _serve(self, link: Link, address: str, person: Person) -> None:
        world = self.world
        channel = SimulatedChannel(world, link, world.oracle.sent)
        try:
            room = await self.registry.open(address)
        except RoomClosed as exc:
            channel.close(exc.close_code, str(exc))
            return
        except DataDamaged as exc:
            world.violated(f"a room is damaged: {exc}")
            channel.close(*BROKEN)
            return
        except DBAPIError:
            channel.close(1011, "the server failed")
            return
        link.down.send(Opened())
        try:
            connection = room.join(channel, person)
        except RoomError as exc:
            channel.close(exc.close_code, str(exc))
            return
        link.connection = connection
        link.down.on_empty = lambda: self.life.run(connection.drained)
        if link.gone:
            connection.closed()

    def received(self, link: Link, item: Item) -> None:
        """Take what comes over a socket."""
        self.life.run(self._received, link, item)

    def _received(self, link: Link, item: Item) -> None:
        self.world.note("          the server gets", told(item), "of", link.tab.name)
        if isinstance(item, Close):
            self.lost(link)
        elif isinstance(item, bytes) and link.connection is not None:
            link.connection.received(item)

    def lost(self, link: Link) -> None:
        """Learn that a socket is gone."""
        link.gone = True
        self._links.pop(link, None)
        if link.connection is not None:
            self.life.run(link.connection.closed)

    @property
    def links(self) -> list[Link]:
        """The sockets it believes to have."""
        return list(self._links)

    # -- its own edits

    def edit(self, address: str, words: str, *, row: bool, bad_row: bool = False) -> None:
        """Have the bot write words, with a row of the application if `row`."""
        task = self.life.start(self._edit(address, words, row, bad_row))
        if self.world.rng.random() < 0.15:  # whoever asked for it over HTTP has gone
            self.life.later(self.world.rng.random() * 0.1, task.cancel)

    async def _edit(self, address: str, words: str, row: bool, bad_row: bool) -> None:
        world = self.world
        number = next(number for number, one in world.disk.rooms if one == address)

        def change(document: Document) -> None:
            places = [0, *(at + 1 for at, c in enumerate(str(document.statement)) if c == "⟧")]
            positions.insert(document.statement, world.rng.choice(places), words)

        def also(session: Session) -> None:
            say(session, number, words)
            if bad_row:
                raise Refusal

        world.waiting.add(words)
        outcome = "is told that it is saved"
        try:
            room = await self.registry.open(address)
            await room.edit(change, BOT, also if row else None)
            world.oracle.told_saved(number, words)
        except (NotSaved, RoomClosed, RoomLoading, DBAPIError) as exc:
            outcome = f"is told {type(exc).__name__}"
            world.oracle.told_not_saved(number, words)
        except asyncio.CancelledError:
            outcome = "has gone"
        finally:
            world.waiting.discard(words)
        world.note("the bot", outcome, words)

    def set_phase(self, address: str, phase: str) -> None:
        """Have the server write into the session's map."""
        self.life.start(self._set_phase(address, phase))

    async def _set_phase(self, address: str, phase: str) -> None:
        def change(document: Document) -> None:
            document.root_map("session")["phase"] = phase

        try:
            room = await self.registry.open(address)
            await room.edit(change, SERVER)
        except (NotSaved, RoomClosed, RoomLoading, DBAPIError):
            self.world.note("the phase is not set", phase)
