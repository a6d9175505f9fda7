"""
Browser tabs: documents that behave as y-websocket and our page do.

A tab edits whether it is on line or not, asks and answers when it connects, keeps updates that come too early until
they fit, sends presence back as y-websocket does, and believes what the server says of what is saved.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pycrdt import Doc, Map, Text, TransactionEvent, UndoManager, merge_updates

from collab.awareness import State, write_states
from collab.document import STATEMENT
from collab.messages import (
    AUTH,
    SAVED,
    STEP1,
    STEP2,
    UPDATE,
    Changes,
    Presence,
    SavedQuery,
    Step1,
    awareness_message,
    read_message,
    sync_message,
)
from collab.structs import Update, read_state_vector, read_update
from collab.wire import read_var_bytes, read_var_uint, write_var_bytes, write_var_uint
from rooms.access import Person
from tests.simulation.network import Claim, Close, Item, Link, Opened, told

if TYPE_CHECKING:
    from tests.simulation.world import World

#: A word, in the bytes that the engine counts.
WORD = re.compile("⟦(?:(?!⟧).)*⟧".encode())
_DECORATIONS = ("", "", "é", "漢字", "😀", "👨‍👩‍👧")
_LOOKS: tuple[dict[str, Any], ...] = ({"bold": True}, {"bold": None}, {"italic": True})

#: Everybody is shown the same updates.
read_shown = lru_cache(maxsize=256)(read_update)

#: A client id and one of its clocks.
Unit = tuple[int, int]


@dataclass(slots=True)
class Intent:
    """
    What a tab did, as its user would tell it.

    Attributes:
        typed: Words.
        deleted: Words of anybody's.
        doubtful: Words that undo has touched: there or not, but never twice or torn.
        runs: Words typed one after the other at one caret.
    """

    typed: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    runs: list[list[str]] = field(default_factory=list)


class Tab:
    """
    One tab of a person.

    Args:
        eager: Whether it asks for "saved" before it was asked what it has, as y-sweet's client does.
        loose: Whether its connections promise nothing about single messages; then it never asks for "saved".
        patience: Seconds of silence after which it gives a connection up.

    Attributes:
        doc: Its document.
        link: The socket, None while there is none.
        intent: What it did.
        own_deletes: Units it has deleted, in that order.
        wants_line: Whether it wants to be on line.
        gone: Whether it was closed for good.
    """

    def __init__(
        self,
        world: World,
        room: int,
        person: Person,
        client: int,
        *,
        eager: bool,
        loose: bool,
        patience: float,
    ) -> None:
        self.world = world
        self.room = room
        self.person = person
        self.client = client
        self.intent = Intent()
        self.own_deletes: list[Unit] = []
        self.wants_line = True
        self.gone = False
        self.loose = loose
        self.link: Link | None = None
        self.opened = False
        self.doc: Doc[Any] = Doc(client_id=client)
        self.text: Text = self.doc.get(STATEMENT, type=Text)
        self.notes: Map[Any] = self.doc.get("comments", type=Map)
        self._undo = UndoManager(
            scopes=[self.text],
            capture_timeout_millis=0,
            timestamp=lambda: int(world.time() * 1000),
        )
        self._undo.include_origin("me")
        self._watch = self.doc.observe(self._written)
        self._applying = False
        self._clocks: dict[int, int] = {}
        self._parked: list[bytes] = []
        self._eager = eager
        self._patience = patience
        self._heard_at = 0.0
        self._tries = 0
        self._presence_clock = 0
        self._mark = 0
        self._kept = -1
        self._offered = False
        self._told_from = 0
        self._opened_at = -1

    @property
    def name(self) -> str:
        """For the list of events."""
        return f"{self.person.key}/{self.client}"

    @property
    def saved(self) -> bool:
        """Whether its page says that everything is saved."""
        return self.opened and self._offered and self._kept == self._mark

    @property
    def waits_for_more(self) -> bool:
        """Whether it holds updates that do not fit yet."""
        return bool(self._parked)

    @property
    def clock(self) -> int:
        """The end of what it has written."""
        return self._clocks.get(self.client, 0)

    @property
    def clocks(self) -> dict[int, int]:
        """Its state vector."""
        return self._clocks

    # -- writing

    def act(self) -> str:
        """Do something that a user does; return what, for the list of events."""
        rng = self.world.rng
        kind = rng.randrange(100)
        if kind < 40:
            return self._change(self._insert)
        if kind < 55:
            return self._change(self._type_on)
        if kind < 68:
            return self._change(self._remove)
        if kind < 76:
            return self._change(self._format)
        if kind < 86:
            return self._change(self._note)
        return self._take_back()

    def _change(self, change: Callable[[], str]) -> str:
        with self.doc.transaction(origin="me"):
            return change()

    def _insert(self) -> str:
        word = self._word()
        self.text.insert(self.world.rng.choice(self._places()), word)
        return f"types {word}"

    def _type_on(self) -> str:
        at = self.world.rng.choice(self._places())
        run = []
        for _ in range(3):
            word = self._word()
            self.text.insert(at, word)
            at += len(word.encode())
            run.append(word)
        self.intent.runs.append(run)
        return f"types {' '.join(run)}"

    def _remove(self) -> str:
        found = list(WORD.finditer(self._bytes()))
        if not found:
            return self._insert()
        one = self.world.rng.choice(found)
        del self.text[one.start() : one.end()]
        self.intent.deleted.add(one.group().decode())
        return f"deletes {one.group().decode()}"

    def _format(self) -> str:
        start, end = sorted(self.world.rng.choices(self._places(), k=2))
        if start < end:
            self.text.format(start, end, dict(self.world.rng.choice(_LOOKS)))
        return f"formats {start}..{end}"

    def _note(self) -> str:
        rng = self.world.rng
        key = f"k{rng.randrange(4)}"
        if rng.random() < 0.7:
            self.notes[key] = Map({"text": f"é{rng.randrange(100)}"})
        elif key in self.notes:
            del self.notes[key]
        return f"comments {key}"

    def _take_back(self) -> str:
        before = self._words()
        back = self.world.rng.random() < 0.6
        self._undo.undo() if back else self._undo.redo()
        after = self._words()
        self.intent.doubtful.update(word for word in before | after if before[word] != after[word])
        return "undoes" if back else "redoes"

    def _words(self) -> Counter[str]:
        return Counter(word.decode() for word in WORD.findall(self._bytes()))

    def _word(self) -> str:
        number = len(self.intent.typed)
        word = f"⟦{self.client}.{number}{self.world.rng.choice(_DECORATIONS)}⟧"
        self.intent.typed.append(word)
        return word

    def _bytes(self) -> bytes:
        return str(self.text).encode()

    def _places(self) -> list[int]:
        return [0, *(match.end() for match in WORD.finditer(self._bytes()))]

    def _written(self, event: TransactionEvent) -> None:
        """The document has changed: by what was typed here, or by what came."""
        if self._applying:
            return
        update = event.update
        read = read_update(update)
        if not read.blocks and not read.deletes:
            return
        for block in read.blocks:
            self._clocks[block.client] = block.end
        for client, ranges in read.deletes.items():
            self.own_deletes += [(client, n) for first, end in ranges for n in range(first, end)]
        if self.opened:
            self._send(sync_message(UPDATE, update))
        if self._offered or (self._eager and self.opened):
            self._ask_saved()
        else:
            self._mark += 1

    # -- the connection

    def connect(self) -> None:
        """Open a socket, if it wants one and has none."""
        if self.link is not None or not self.wants_line or self.gone:
            return
        self.link = self.world.open_link(self)
        self._heard_at = self.world.time()
        if self.link is None:
            self._try_again()

    def disconnect(self) -> None:
        """Go off line; what is written stays here."""
        self.wants_line = False
        link = self.link
        if link is not None:
            link.up.send(Close(1000, ""))
            self._lost(link)

    def close(self) -> None:
        """Go for good, and take with it what nobody else has."""
        self.gone = True
        self.disconnect()

    def lose(self, link: Link) -> None:
        """Learn that a socket is broken."""
        if self.link is link:
            self._lost(link)
            self._try_again()

    def look_at_the_clock(self) -> None:
        """Give up a connection that has been silent for too long."""
        link = self.link
        if link is not None and self.world.time() - self._heard_at > self._patience:
            self.world.note("gives up a silent connection", self.name)
            link.cut()
            self.world.server_learns(link)
            self.lose(link)

    def _try_again(self) -> None:
        self._tries = min(self._tries + 1, 4)
        self.world.later(0.1 * 2**self._tries, self.connect)

    def _lost(self, link: Link) -> None:
        self.link = None
        self.opened = False
        self._offered = False

    def received(self, link: Link, item: Item) -> None:
        """Take what comes over a socket."""
        if link is not self.link:
            return
        self._heard_at = self.world.time()
        self.world.note("         ", self.name, "gets", told(item))
        if isinstance(item, Opened):
            self.opened = True
            self._told_from = len(self.own_deletes)
            self._opened_at = self.clock
            self._send(sync_message(STEP1, self.doc.get_state()))
            self.tell_presence()
        elif isinstance(item, Close):
            self.lose(link)
            self.world.closed_by_server(self, item)
        elif item[0] == AUTH:
            self.world.denied(self, read_var_bytes(item, 2)[0].decode())
        else:
            self._take(item)

    def _take(self, data: bytes) -> None:
        match read_message(data):
            case Step1(state_vector):
                self._send(sync_message(STEP2, self._all_beyond(state_vector)))
                self._told_from = 0
                self._opened_at = -1
                if not self.loose:
                    self._offered = True
                    self._ask_saved()
            case Changes(update, answer):
                self._apply(update)
                if answer:
                    self._tries = 0
            case Presence(payload):
                if payload != b"\x00":
                    self._send(awareness_message(payload))
            case SavedQuery(whole):
                counter, _ = read_var_bytes(whole, 1)
                self._returned(read_var_uint(counter)[0])

    def ask(self) -> None:
        """Ask for what is missing, as y-websocket does with `resyncInterval`."""
        if self.opened:
            self._send(sync_message(STEP1, self.doc.get_state()))

    def _ask_saved(self) -> None:
        self._mark += 1
        if self.loose or self.link is None or not self.person.may_write:
            return
        # A deletion shows nobody that what was typed off line has not been sent yet; anything typed since does.
        told = self.clock if self.clock > self._opened_at else 0
        self.link.claims[self._mark] = Claim(told, self._told_from, len(self.own_deletes))
        counter = write_var_bytes(write_var_uint(self._mark))
        self._send(bytes((SAVED,)) + counter)

    def _returned(self, mark: int) -> None:
        if self._offered and mark <= self._mark:
            self._kept = max(self._kept, mark)
            if self.saved:
                self.world.oracle.says_saved(self)

    def tell_presence(self) -> None:
        """Say that it is here, as every Yjs client does now and then."""
        self._presence_clock += 1
        state = State(self.client, self._presence_clock, json.dumps({"cursor": None}).encode())
        self._send(awareness_message(write_states([state])))

    def _send(self, message: bytes) -> None:
        if self.link is not None:
            self.link.up.send(message)

    def _all_beyond(self, state_vector: bytes) -> bytes:
        update = self.doc.get_update(state_vector)
        return merge_updates(update, *self._parked) if self._parked else update

    # -- what comes

    def _apply(self, update: bytes) -> None:
        """Apply an update; keep it, as Yjs does, while what it builds on is missing (`safety.md` 1b)."""
        waiting = [*self._parked, update]
        progress = True
        while progress and waiting:
            still = []
            for one in waiting:
                read = read_shown(one)
                if self._fits(read):
                    self._integrate(one, read)
                else:
                    still.append(one)
            progress = len(still) < len(waiting)
            waiting = still
        self._parked = waiting

    def _integrate(self, data: bytes, read: Update) -> None:
        self._applying = True
        try:
            self.doc.apply_update(data)
        finally:
            self._applying = False
        for block in read.blocks:
            if block.end > self._clocks.get(block.client, 0):
                self._clocks[block.client] = block.end

    def _fits(self, read: Update) -> bool:
        clocks = self._clocks
        ends = {block.client: block.end for block in read.blocks}
        for block in read.blocks:
            if block.clock > clocks.get(block.client, 0):
                return False
            for struct in block.structs:
                if struct.clock + struct.length <= clocks.get(block.client, 0):
                    continue
                for unit in (struct.origin, struct.right_origin, struct.parent):
                    if isinstance(unit, tuple) and unit[1] >= max(
                        clocks.get(unit[0], 0), ends.get(unit[0], 0)
                    ):
                        return False
        return all(
            end <= max(clocks.get(client, 0), ends.get(client, 0))
            for client, ranges in read.deletes.items()
            for _, end in ranges
        )

    def check_clocks(self) -> bool:
        """Whether what it believes to have is what its document has."""
        return read_state_vector(self.doc.get_state()) == {
            client: clock for client, clock in self._clocks.items() if clock
        }
