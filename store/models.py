"""
The tables. Nothing but tables: what is asked of them stands in one module per noun.

Ids that people and programs see are 128 random bits as text; only rooms have a number too, because every
logged update carries it. Secrets (invitations, tokens, logins) are kept as SHA-256 only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any, cast

import numpy as np
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(32)


class Moment(TypeDecorator[datetime]):
    """A point in time, always with its zone, which is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value


class Base(DeclarativeBase):
    """All tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment,
        dict[str, Any]: JSON,
        list[dict[str, Any]]: JSON,
        list[list[str]]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        bytes: LargeBinary,
        str: Text,
    }


class Facilitator(Base):
    """Somebody who may create sessions."""

    __tablename__ = "facilitators"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Login(Base):
    """One browser's cookie session. It may hold a facilitator and several people."""

    __tablename__ = "logins"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    facilitator_id: Mapped[str | None] = mapped_column(ForeignKey("facilitators.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginPerson(Base):
    """A participant that a browser acts for."""

    __tablename__ = "login_people"

    login_id: Mapped[str] = mapped_column(
        ForeignKey("logins.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    joined_at: Mapped[datetime]


class DeliberationSession(Base):
    """A deliberation."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    facilitator_id: Mapped[str] = mapped_column(ForeignKey("facilitators.id"), index=True)
    title: Mapped[str]
    question: Mapped[str]
    type: Mapped[str] = mapped_column(String(32))
    phase: Mapped[str] = mapped_column(String(16))
    facilitator_reads_inputs: Mapped[bool]
    #: Whether what people give may be sent to models of other servers (`store.sessions`).
    external_ai: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime]


class Room(Base):
    """The live document of a session. Its address is ``name.epoch``."""

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), unique=True)
    name: Mapped[str] = mapped_column(ID, unique=True)
    epoch: Mapped[int]
    created_at: Mapped[datetime]


class Invitation(Base):
    """A capability link. One invitation is one participant, on all their devices."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    email: Mapped[str | None]
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Participant(Base):
    """Somebody in a session: by an invitation, or as the facilitator who made it."""

    __tablename__ = "participants"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"), unique=True)
    facilitator_id: Mapped[str | None] = mapped_column(ForeignKey("facilitators.id"))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    #: Whom they speak for; people of one delegation may share a voice.
    delegation: Mapped[str | None]
    #: Whether a model may guess how they would rank candidates.
    predictable: Mapped[bool] = mapped_column(server_default=false())


class Visit(Base):
    """
    How far somebody has seen what happens in their session, on whatever device (`store.visits`).

    Numbers are of audit entries: `read_to` was seen before this visit, `seen_to` with the last sign of life in it.
    """

    __tablename__ = "visits"

    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    seen_at: Mapped[datetime]
    seen_to: Mapped[int]
    #: When the visit before ended, or this one's news were put away; None in the first.
    read_at: Mapped[datetime | None]
    read_to: Mapped[int]


class RoomToken(Base):
    """A credential for another Yjs client. `subject` is who writes with it, the same over renewals."""

    __tablename__ = "room_tokens"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Input(Base):
    """What a participant gave in private."""

    __tablename__ = "inputs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), index=True)
    text: Mapped[str]
    quote: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Interview(Base):
    """
    A conversation of one participant with the bot, in private: `turns` and `points` as `ai.interview` keeps them.

    Nobody has two that are under way. `version` counts its changes: who changes it says which one they saw.
    """

    __tablename__ = "interviews"
    __table_args__ = (
        Index(
            "uq_interviews_under_way",
            "participant_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    turns: Mapped[list[dict[str, Any]]]
    points: Mapped[list[dict[str, Any]]]
    left_out: Mapped[int]
    enough: Mapped[bool]
    #: Why the questions are fixed ones although there is a model, for people.
    note: Mapped[str]
    #: What was asked of a model, as `model_answers` has it: deleted with the conversation.
    keys: Mapped[list[str]]
    #: The inputs that were made of its points.
    made: Mapped[list[str]]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Document(Base):
    """A file a participant gave: evidence, never an opinion. Its bytes are in `store.blobs` under its id."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"), index=True)
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    quote: Mapped[str] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    percent: Mapped[int]
    #: Why it failed: a word for programs, a sentence for people.
    reason: Mapped[str | None] = mapped_column(String(32))
    message: Mapped[str]
    kind: Mapped[str | None] = mapped_column(String(16))
    units: Mapped[int]
    #: How many chunks it has.
    passages: Mapped[int]
    notes: Mapped[list[dict[str, Any]]]
    engine: Mapped[str | None]
    #: The embedding model its chunks were last embedded with; None where search is by words only.
    model: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DocumentText(Base):
    """What was read from a document: one text, and its blocks (`ingest.blocks`)."""

    __tablename__ = "document_texts"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    text: Mapped[str]
    blocks: Mapped[list[Any]]


class Chunk(Base):
    """
    A part of a document that search finds: ``text[start:end]`` of its text.

    Its words are in the full-text table `chunk_words` under the same number, which is never given again.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        Index("uq_chunks_document_id_start", "document_id", "start", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    start: Mapped[int]
    end: Mapped[int]
    text: Mapped[str]
    headings: Mapped[list[str]]
    #: Where it begins, and where it ends if that is elsewhere: pages, slides, rows, headings.
    places: Mapped[list[dict[str, Any]]]


class Floats(TypeDecorator[bytes]):
    """Little-endian 32-bit floats. Postgres keeps them as a ``halfvec``: 16 bits each are enough to compare by."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(import_module("pgvector.sqlalchemy").HALFVEC())
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "postgresql":
            return value
        return import_module("pgvector").HalfVector(np.frombuffer(value, "<f4"))

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None or dialect.name != "postgresql":
            return cast(bytes | None, value)
        return np.asarray(value.to_list(), "<f4").tobytes()


class Vector(Base):
    """A chunk's embedding by a model: `dim` floats, of length one."""

    __tablename__ = "vectors"
    __table_args__ = (
        Index("ix_vectors_session_id_model_chunk_id", "session_id", "model", "chunk_id"),
    )

    chunk_id: Mapped[int] = mapped_column(
        ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    dim: Mapped[int]
    data: Mapped[bytes] = mapped_column(Floats)


class Erasure(Base):
    """An input or a document that its author had erased: the fact, never what it said."""

    __tablename__ = "erasures"

    #: The input's or the document's id.
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    kind: Mapped[str] = mapped_column(String(16))
    #: When it was given: what is older cannot hold it.
    since: Mapped[datetime]
    asked_at: Mapped[datetime]
    #: What it said, by which copies are told; none once they are gone.
    words: Mapped[list[str]]
    #: When the last copy was gone from rows, document and log.
    cleaned_at: Mapped[datetime | None]
    #: When the files had been written anew, so that not even deleted bytes hold it.
    done_at: Mapped[datetime | None]
    #: What was found, in numbers.
    found: Mapped[dict[str, Any]]


class Critique(Base):
    """An objection to the statement, open to all or private to the bot."""

    __tablename__ = "critiques"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    text: Mapped[str]
    visibility: Mapped[str] = mapped_column(String(16))
    start: Mapped[dict[str, Any] | None]
    end: Mapped[dict[str, Any] | None]
    quote: Mapped[str]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("participants.id"))


class Run(Base):
    """One time the bot set to work."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    model: Mapped[str | None]
    trigger: Mapped[str] = mapped_column(String(16))
    step: Mapped[str] = mapped_column(String(32))
    sentence: Mapped[int]
    of: Mapped[int | None]
    message: Mapped[str]
    usage: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Suggestion(Base):
    """A change the bot proposes. This row counts; the entry in the shared document is its picture."""

    __tablename__ = "suggestions"
    __table_args__ = (Index("uq_suggestions_run_id_ordinal", "run_id", "ordinal", unique=True),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    author: Mapped[str]
    base: Mapped[str]
    text: Mapped[str]
    start: Mapped[dict[str, Any]]
    end: Mapped[dict[str, Any]]
    #: Where the run put it; suggestions of one run and place keep the run's order.
    place: Mapped[str] = mapped_column(String(64))
    #: [{citation, input, start, end, quote, author}] in characters of the input.
    sources: Mapped[list[dict[str, Any]]]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Decision(Base):
    """What became of a suggestion. Its key makes sure that only one decision is ever made."""

    __tablename__ = "decisions"

    suggestion_id: Mapped[str] = mapped_column(ForeignKey("suggestions.id"), primary_key=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    verdict: Mapped[str] = mapped_column(String(16))
    #: The wording that went in, if somebody edited it first.
    text: Mapped[str | None]
    reason: Mapped[str | None]
    decided_at: Mapped[datetime]


class Round(Base):
    """One time candidates for the statement were ranked."""

    __tablename__ = "rounds"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    number: Mapped[int]
    #: What the seed of the count is made of; published when the round has ended.
    secret: Mapped[str]
    #: What the candidates were made from (`ai.material`).
    material: Mapped[dict[str, Any]]
    closes_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: How it was counted; None while it is open or if it was called off.
    result: Mapped[dict[str, Any] | None]


class Candidate(Base):
    """One of the texts of a round: changes to the statement, and what it would read like with them."""

    __tablename__ = "candidates"
    __table_args__ = (Index("uq_candidates_round_id_ordinal", "round_id", "ordinal", unique=True),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"))
    ordinal: Mapped[int]
    author: Mapped[str]
    style: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]
    #: The changes, as `ai.drafting` has them; none for the statement as it stands.
    drafts: Mapped[list[dict[str, Any]]]


class Poll(Base):
    """One time people were asked whether they agree, and the text they were asked about."""

    __tablename__ = "polls"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    number: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(64))
    #: The frozen text, block by block (`collab.frozen`).
    blocks: Mapped[list[dict[str, Any]]]
    closes_at: Mapped[datetime | None] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Ballot(Base):
    """What somebody voted in a poll or ranked in a round. Never changed: who votes again makes another."""

    __tablename__ = "ballots"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    #: The poll or round.
    subject: Mapped[str] = mapped_column(ID, index=True)
    choice: Mapped[str | None] = mapped_column(String(16))
    ranking: Mapped[list[list[str]] | None]
    predicted: Mapped[bool]
    reason: Mapped[str]
    cast_at: Mapped[datetime]


class DissentNote(Base):
    """What somebody holds against the text for good. Nobody but they can take it back."""

    __tablename__ = "dissent_notes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    text: Mapped[str]
    #: Whether their name stands under it.
    named: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Dispute(Base):
    """Somebody says of a citation of theirs: that is not what I meant."""

    __tablename__ = "disputes"

    suggestion_id: Mapped[str] = mapped_column(ForeignKey("suggestions.id"), primary_key=True)
    citation: Mapped[str] = mapped_column(ID, primary_key=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id"))
    critique_id: Mapped[str] = mapped_column(ForeignKey("critiques.id"))
    created_at: Mapped[datetime]


class ModelAnswer(Base):
    """One call of a model: what it answered, so that nobody asks the same again, and what it cost."""

    __tablename__ = "model_answers"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    #: SHA-256 of everything that was asked, and of whom.
    key: Mapped[str] = mapped_column(String(64), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    prompt: Mapped[str]
    model: Mapped[str]
    #: None if there was no usable answer.
    text: Mapped[str | None]
    failure: Mapped[str | None]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what, when. Never the content of anything."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str | None]
    details: Mapped[dict[str, Any]]


class LoggedUpdate(Base):
    """One accepted update of one author: the truth a room is rebuilt from."""

    __tablename__ = "updates"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    person: Mapped[str]
    via: Mapped[str] = mapped_column(String(16))
    data: Mapped[bytes]


class QuarantinedUpdate(Base):
    """
    An update that was taken out of the log, because it broke the document or builds on one that did.

    `clients` are the Yjs client ids that write no more in this room: what they send next builds on it.
    """

    __tablename__ = "quarantined_updates"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    person: Mapped[str]
    via: Mapped[str] = mapped_column(String(16))
    data: Mapped[bytes]
    clients: Mapped[list[int]] = mapped_column(JSON)
    why: Mapped[str]
    found_at: Mapped[datetime]


class Snapshot(Base):
    """All updates of a room up to `seq` as one."""

    __tablename__ = "snapshots"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    data: Mapped[bytes]


class StatementVersion(Base):
    """
    What the statement was at some point, who had written it, and what had been done to it since the version before.

    Written when the log is compacted, so it is there when the log's rows have gone.
    """

    __tablename__ = "statement_versions"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    #: The last update in it that changed the text, and the first.
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger)
    begun: Mapped[datetime]
    ended: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(16))
    #: [{person, via, added, removed}] in characters.
    shares: Mapped[list[dict[str, Any]]]
    characters: Mapped[int]
    #: It is what people were asked about, so it is never joined with others.
    marked: Mapped[bool]
    #: How many versions it was made of.
    joined: Mapped[int]
    #: The log was read up to here when it was written.
    upto: Mapped[int] = mapped_column(BigInteger)
    #: Who wrote which characters (`rooms.versions`), compressed.
    text: Mapped[bytes]


class RoomClient(Base):
    """Whose a Yjs client id is in a room."""

    __tablename__ = "room_clients"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person: Mapped[str]
