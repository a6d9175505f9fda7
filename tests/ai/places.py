"""A session with people, its live room and its database, as the tests of `ai` need them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from ai import history
from ai.decisions import Decider
from ai.deliberation import Deliberation
from ai.polls import Polls
from collab import positions
from collab.document import Document
from collab.origins import Origin, Via
from rooms.registry import Registry, seed
from rooms.room import Room
from store import audit, facilitators, participants, rooms, sessions
from store.database import Database
from store.models import AuditEntry, Participant
from store.participants import Role
from store.sessions import Type
from tests.migrated import migrated

HOST = "Host"


@dataclass(slots=True)
class Place:
    """
    A session. `people`: participant ids by name; `now`: what time it is for polls.

    Attributes:
        watched: The sessions that polls reported.
    """

    database: Database
    registry: Registry
    session: str
    people: dict[str, str]
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    watched: list[str] = field(default_factory=list)
    _polls: Polls | None = None

    @property
    def polls(self) -> Polls:
        """The polls of the server."""
        if self._polls is None:

            async def watch(session_id: str) -> None:
                self.watched.append(session_id)

            self._polls = Polls(self.database, self.registry, watch=watch, clock=lambda: self.now)
        return self._polls

    def by(self, name: str) -> Decider:
        """Return somebody as who decides."""
        return Decider(self.people[name], name)

    def later(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    async def room(self) -> Room:
        """Return the live room."""
        return await self.registry.of_session(self.session)

    async def write(self, text: str, name: str = HOST) -> None:
        """Put text at the start of the statement, by the road of accepted suggestions."""
        room = await self.room()
        origin = Origin(self.people[name], Via.DECISION)

        def change(document: Document) -> None:
            positions.insert(document.statement, 0, text)

        await room.edit(change, origin)

    async def state(self) -> Deliberation:
        """Return where the session stands, from the audit."""
        return await self.database.read(history.load, self.session)

    async def audited(self) -> list[AuditEntry]:
        """Return the audit."""
        return list(await self.database.read(audit.entries, self.session))


@asynccontextmanager
async def place(folder: Path, *names: str) -> AsyncIterator[Place]:
    """Open a session of a facilitator and these participants."""
    path = migrated(folder / "accord.db")
    async with Database(path) as database, Registry(database) as registry:
        session_id, people = await database.write(_make, names)
        yield Place(database, registry, session_id, people)


def _make(session: Session, names: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    host = facilitators.ensure(session, HOST, "some facilitator token")
    made = sessions.add(
        session,
        facilitator_id=host.id,
        title="Harbour",
        question="How should the harbour grow?",
        type_=Type.OTHER,
        facilitator_reads_inputs=False,
    )
    seed(session, rooms.add(session, made.id).id)
    roles = {HOST: Role.FACILITATOR, **dict.fromkeys(names, Role.PARTICIPANT)}
    people = {
        name: participants.add(session, session_id=made.id, name=name, role=role).id
        for name, role in roles.items()
    }
    return made.id, people


def set_person(session: Session, /, ident: str, **fields: object) -> None:
    """Change a participant's row."""
    row = session.get_one(Participant, ident)
    for name, value in fields.items():
        setattr(row, name, value)
