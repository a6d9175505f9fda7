"""
One remote participant: what it sends goes to the protocol and the room, what the room has goes to its outbox.

Everything here is synchronous. A message is handled the moment it arrives; nothing waits for a peer.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from collab.errors import ClockGap, ProtocolError, ReadOnly, TooLarge, UpdateRefused
from collab.messages import (
    KEEP_ALIVE,
    STEP1,
    STEP2,
    SYNC,
    UPDATE,
    Changes,
    Presence,
    QueryAwareness,
    SavedQuery,
    Step1,
    awareness_message,
    permission_denied,
    read_message,
    sync_message,
)
from collab.structs import read_state_vector
from rooms.access import Person
from rooms.allowance import Allowance
from rooms.broadcast import Channel, Frame, Outbox
from rooms.errors import EXPIRED, SLOW_READER, RoomError, RoomLoading

if TYPE_CHECKING:
    from rooms.room import Room

logger = logging.getLogger(__name__)

_KEEP_ALIVE = Frame(KEEP_ALIVE)

#: An answer of this size costs the asker as much as one message.
_BYTES_PER_MESSAGE = 64 * 1024

#: How a short update begins, and how long its message is at most: a length of one byte.
_TYPED, _SHORT = bytes((SYNC, UPDATE)), 3 + 128

#: The state vector of a peer of whom nothing is known.
NOTHING_KNOWN = b"\x00"


class Connection:
    """
    One socket of one person in one room.

    Args:
        person: Who it is; what they may do is decided here, message by message.
        credential: The id of what let them in, so that it can be ended with it.
        clock: Seconds that only go forward.
        ends_at: When what let them in expires, on that clock.
    """

    __slots__ = (
        "_allowance",
        "_answers",
        "_channel",
        "_clock",
        "_ends_at",
        "_open",
        "_questions",
        "_saved",
        "_submitted",
        "_unanswered",
        "_wants_saved",
        "_whole_at",
        "credential",
        "outbox",
        "person",
        "room",
    )

    def __init__(
        self,
        room: Room,
        channel: Channel,
        person: Person,
        clock: Callable[[], float],
        credential: str = "",
        ends_at: float = math.inf,
    ) -> None:
        self.room = room
        self.person = person
        self.credential = credential
        self._channel = channel
        self._clock = clock
        self.outbox = Outbox(channel, room.options.max_outbox_bytes, clock())
        self._allowance = Allowance(room.options.messages, room.options.traffic, clock())
        self._open = True
        self._submitted = 0
        self._saved = 0
        self._wants_saved: list[tuple[int, bytes]] = []
        self._ends_at = ends_at
        self._questions = 1  # the greeting asks once
        self._answers = 0
        #: What it had when it asked for the rest while it was behind.
        self._unanswered: bytes | None = None
        #: Work of the peer is known to be missing until it has answered so many questions.
        self._whole_at: int | None = None

    @property
    def key(self) -> str:
        """The person this connection belongs to."""
        return self.person.key

    @property
    def open(self) -> bool:
        """Whether the peer can still be reached, as far as we know."""
        return self._open

    @property
    def buffered(self) -> int:
        """Bytes that wait for the peer to read them."""
        return self._channel.buffered()

    def greet(self) -> None:
        """Say what we have, ask for what we have not, and tell who is here."""
        self._wait(self.room.spend_work(self.key, 0.0))  # coming back is no way out of waiting
        self.send(Frame(self._question()))
        self.tell_presence(self.room.presence.everybody())

    def received(self, message: bytes) -> None:
        """Take one message of the peer. A message it may not send ends the connection, and nothing else."""
        if not self._open:
            return
        wait = self._allowance.spend(1, len(message), self._clock())
        if wait:
            self._channel.pause(wait)
        if self._types_on(message):
            return
        started = self.room.work_clock()
        try:
            self._handle(message)
        except (ProtocolError, RoomError) as exc:
            self.close(exc.close_code, str(exc))
        self._wait(self.room.spend_work(self.key, self.room.work_clock() - started))

    def closed(self) -> None:
        """The peer is gone."""
        if self._open:
            self._open = False
            self.room.leave(self)

    def close(self, code: int, reason: str) -> None:
        """End the connection, saying why."""
        if self._open:
            self.room.metrics.refusals[str(code)] += 1
            logger.info(
                "connection closed",
                extra={"action": "connection_closed", "room": self.room.number, "code": code},
            )
            self._channel.close(code, reason)
            self.closed()

    def drained(self) -> None:
        """The peer has taken what was queued: if it fell behind, give it all it missed in one message."""
        behind_at = self.outbox.behind_at
        if not self._open or behind_at is None or self.outbox.full:
            return
        try:
            if self._unanswered is not None:
                missed = self.room.difference(STEP2, self._unanswered)
            else:
                missed = self.room.difference(UPDATE, behind_at)
        except RoomLoading:
            return  # the next tick tries again
        self.outbox.behind_at = self._unanswered = None
        self.send(missed)
        self.tell_presence(self.room.presence.everybody())

    def send(self, frame: Frame) -> None:
        """Queue a frame, unless the peer is behind: then it will get the difference."""
        if self.outbox.behind_at is None and not self.outbox.send(frame, self._clock()):
            self.fall_behind()

    def fall_behind(self) -> None:
        """The peer reads too slowly: from now on it is sent nothing, until it has read what waits."""
        try:
            self.outbox.behind_at = self.room.state_vector()
        except RoomLoading:
            self.outbox.behind_at = NOTHING_KNOWN
        self.outbox.behind_since = self._clock()

    def tell_presence(self, update: bytes | None) -> None:
        """Send an awareness update, if there is one."""
        if update is not None:
            self.send(Frame(awareness_message(update)))

    def acknowledge(self, edits: int) -> None:
        """So many more edits of the peer are on disk and shown."""
        self._saved += edits
        self._answer_saved()

    def resync(self) -> None:
        """Ask the peer for everything the room does not have."""
        self._questions += 1
        self._whole_at = self._questions
        self._reply(self._question())

    def forget_unsaved(self) -> None:
        """What was submitted and not saved is lost to the server; the peer still has it."""
        self._saved = self._submitted
        self.resync()

    def tick(self, now: float) -> None:
        """Keep a silent connection alive; end one that stays behind."""
        options = self.room.options
        if now >= self._ends_at:
            self.close(*EXPIRED)
            return
        self._channel.tick(now)
        if self.outbox.behind_at is not None:
            self.drained()
            if self.outbox.behind_at is not None:
                if now - self.outbox.behind_since > options.slow_seconds:
                    self.close(*SLOW_READER)
                return
        if now - self.outbox.sent_at >= options.keep_alive_seconds:
            self.send(_KEEP_ALIVE)

    def _types_on(self, message: bytes) -> bool:
        """
        Take the commonest message there is: some letters more where this person typed last.

        What it costs is not counted: it is little, and how many messages there may be is.
        """
        if (
            self.person.may_write
            and message[:2] == _TYPED
            and len(_TYPED) < len(message) < _SHORT
            and message[2] == len(message) - 3
            and self.room.type_on(message[3:], self)
        ):
            self._submitted += 1
            return True
        return False

    def _handle(self, message: bytes) -> None:
        limit = self.room.options.max_frame_bytes
        if len(message) > limit:
            raise TooLarge("message", size=len(message), limit=limit)
        match read_message(message):
            case Changes(update, answer):
                self._submit(update)
                if answer:
                    self._note_answer()
            case Step1(state_vector):
                self._answer(state_vector)
            case Presence(payload):
                self.room.receive_presence(self, payload)
            case SavedQuery(whole):
                self._wants_saved.append((self._submitted, whole))
                self._answer_saved()
            case QueryAwareness():
                self.tell_presence(self.room.presence.everybody())

    def _spend(self, messages: float, size: int) -> None:
        """Count what the peer makes us do; when it is too much, read on a little later."""
        self._wait(self._allowance.spend(messages, size, self._clock()))

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and self._open:
            self._channel.pause(seconds)

    def _answer(self, state_vector: bytes) -> None:
        """Give the peer what it lacks; once it has read what waits for it, if it is behind."""
        if self.outbox.behind_at is not None:
            read_state_vector(state_vector)
            self._unanswered = state_vector
            return
        missing = self.room.difference(STEP2, state_vector)
        self._spend(len(missing) / _BYTES_PER_MESSAGE, 0)
        self.send(missing)

    def _question(self) -> bytes:
        """What makes the peer send all the room does not have."""
        return sync_message(STEP1, self.room.state_vector())

    def _submit(self, update: bytes) -> None:
        try:
            if not self.person.may_write:
                if self.room.holds(update):
                    return
                raise ReadOnly
            if self.room.submit(update, self.person.origin, self):
                self._submitted += 1
        except ClockGap:
            self.resync()
        except RoomLoading:
            self._whole_at = self._questions + 1  # when it is loaded everybody is asked
        except UpdateRefused as refused:
            self.room.metrics.refusals[type(refused).__name__] += 1
            self._whole_at = self._questions + 1  # the peer has work that is not here
            self._reply(permission_denied(str(refused)))

    def _note_answer(self) -> None:
        """The peer has sent all it has. What was missing counts as sent now, for the counters as well."""
        self._answers += 1
        if self._whole_at is not None and self._answers >= self._whole_at:
            self._whole_at = None
            self._wants_saved = [(self._submitted, one) for _, one in self._wants_saved]
            self._answer_saved()

    def _answer_saved(self) -> None:
        """Send back each counter whose edits are on disk; none while work is known to be missing."""
        if not self._wants_saved or self._whole_at is not None:
            return
        saved = [message for submitted, message in self._wants_saved if submitted <= self._saved]
        del self._wants_saved[: len(saved)]
        for message in saved:
            self._reply(message)

    def _reply(self, message: bytes) -> None:
        """
        Answer the peer, also when it is behind: what it asked is not part of any difference.

        Who asks on and on without ever reading is closed.
        """
        if not self.outbox.answer(Frame(message), self._clock()):
            self.close(*SLOW_READER)
