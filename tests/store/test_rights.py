"""`store.rights`: who is still good. What follows from it: tests/web/test_kicks.py."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from store import facilitators, logins, participants, rights, roomtokens, sessions
from store.database import Database
from store.ids import now
from store.participants import Role
from store.sessions import Type


async def test_who_and_what_is_out_is_told_from_the_rest(database: Database) -> None:
    hour = timedelta(hours=1)

    def world(session: Session) -> dict[str, str]:
        ana = facilitators.add(session, "Ana", "token of ana")
        eve = facilitators.add(session, "Eve", "token of eve")
        row = sessions.add(
            session,
            facilitator_id=ana.id,
            title="Harbour",
            question="How?",
            type_=Type.OTHER,
            facilitator_reads_inputs=False,
        )

        def join(name: str, facilitator: str | None = None) -> str:
            made = participants.add(
                session,
                session_id=row.id,
                name=name,
                role=Role.PARTICIPANT,
                facilitator_id=facilitator,
            )
            return made.id

        def token(maker: str, lifetime: timedelta = hour) -> str:
            made = roomtokens.add(
                session,
                session_id=row.id,
                made_by=maker,
                role=Role.PARTICIPANT,
                subject="s",
                name="n",
                lifetime=lifetime,
            )
            return made.token.id

        found = {"ana": join("Ana", ana.id), "eve": join("Eve", eve.id), "ben": join("Ben")}
        found["gone"] = join("Gone")
        found |= {f"{name}'s token": token(found[name]) for name in ("ana", "eve", "gone")}
        found["old token"] = token(found["ana"], -hour)
        found["ended token"] = token(found["ana"])
        found["login"] = logins.open_login(session, lifetime=hour).login.id
        found["old login"] = logins.open_login(session, lifetime=-hour).login.id
        participants.get(session, found["gone"], session_id=row.id).removed_at = now()
        roomtokens.revoke(session, found["ended token"], session_id=row.id)
        facilitators.revoke(session, eve.id)
        return found

    found = await database.write(world)
    names = {ident: name for name, ident in found.items()}
    good = await database.read(rights.good_credentials, [*names, "unknown"], at=now())
    assert {names[ident] for ident in good} == {"ana's token", "login"}
    out = await database.read(rights.people_out, [*names, "guest:unknown"])
    assert {names[ident] for ident in out} == {"eve", "gone"}
