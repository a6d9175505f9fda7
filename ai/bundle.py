"""
The audit bundle: all of a deliberation that is published, as one JSON value, and its outcome computed again from it.

People are pseudonyms that hold within one bundle. Ballots of secret polls and all rankings stand in it without their
voters, sorted by random ids; of quotes it has what their authors allow. Reports are rendered from it and know no more.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai import history, provenance
from ai.ballots import RankingBallot, check_ranking, effective
from ai.consent import Consent, unquoted
from ai.deliberation import EVENTS, BallotCast, Deliberation, Poll, RankingCast
from ai.errors import AIError
from ai.prompts import load as load_prompt
from ai.rules import Choice, Outcome, Rule, add_up, hear
from ai.schulze import commitment
from ai.sources import shown as shown_source
from ai.tally import tally
from collab import frozen
from collab.statement import Block
from store import audit, ballots, dissents, participants, polls, rounds, sessions, suggestions
from store.ids import new_id
from store.models import ModelAnswer, Run
from store.models import Poll as PollRow

FORMAT = "accord-audit-1"

Json = dict[str, Any]


def make(
    session: Session, session_id: str, blocks: Sequence[Block], *, version: str, at: datetime
) -> Json:
    """
    Return the bundle of a session.

    Args:
        blocks: The statement as it stands; of an agreed session the agreed text is taken instead.
        version: Accord's.
    """
    state = history.load(session, session_id)
    row = sessions.get(session, session_id)
    names = _Pseudonyms()
    asked = {one.id: one for one in polls.of_session(session, session_id)}
    last = state.polls[-1] if state.polls else None
    agreed = last is not None and last.outcome is Outcome.AGREED
    text = asked[last.id].blocks if last is not None and agreed else frozen.to_json(blocks)
    traced = provenance.load(session, session_id, frozen.from_json(text))
    people = participants.of_session(session, session_id)
    return {
        "format": FORMAT,
        "made_at": _moment(at),
        "accord": version,
        "session": {
            "title": row.title,
            "question": row.question,
            "type": row.type,
            "phase": state.phase.value,
            "created_at": _moment(row.created_at),
            "people": len(people),
            "gave": len({one.person for one in traced.given.values()}),
            "inputs": len(traced.given),
            "facilitator_reads_inputs": row.facilitator_reads_inputs,
            "external_ai": row.external_ai,
        },
        "statement": {"blocks": text, "text_hash": frozen.digest(text), "agreed": agreed},
        "sentences": _sentences(session, session_id, traced),
        "measures": {
            "groundedness": traced.measures.groundedness,
            "coverage": traced.measures.coverage,
            "weakest": traced.measures.weakest,
            "uncited": len(traced.measures.uncited),
        },
        "polls": [_poll(one, asked[one.id], names) for one in state.polls],
        "rounds": _rounds(session, session_id, state),
        "dissents": _dissents(session, session_id),
        "suggestions": _suggestions(session, session_id, names),
        "models": _models(session, session_id),
        "runs": _runs(session, session_id),
        "prompts": {
            name: load_prompt(name, 1).text
            for name in ("claims", "candidate", "rank", "interview", "readback")
        },
        "events": _events(session, session_id, names),
    }


def verify(bundle: Json) -> list[str]:
    """
    Compute everything again that decides; return what is wrong with it, nothing if all is as it says.

    Raises:
        KeyError, TypeError, ValueError, AIError: It is no bundle of this format.
    """
    if bundle.get("format") != FORMAT:
        raise ValueError(f"not a bundle of the format {FORMAT}")
    found = _wrong_text("the statement", bundle["statement"])
    for poll in bundle["polls"]:
        found += _wrong_poll(poll)
    for one in bundle["rounds"]:
        found += _wrong_round(one)
    return found + _wrong_end(bundle)


class _Pseudonyms:
    """Names that say nothing, the same for one person in one bundle and in no other."""

    def __init__(self) -> None:
        self._salt = secrets.token_hex(16)

    def __call__(self, person: str) -> str:
        if person in ("server", "bot", "a participant"):
            return person
        return "P-" + hashlib.sha256(f"{self._salt} {person}".encode()).hexdigest()[:10]


# -- making


def _poll(poll: Poll, row: PollRow, names: _Pseudonyms) -> Json:
    cast = [
        {
            "id": new_id() if poll.secret else one.ballot,
            "voter": None if poll.secret else names(voter),
            "delegation": poll.voters[voter] if poll.rule.per.value == "delegation" else None,
            "choice": one.choice.value,
        }
        for voter, one in poll.ballots.items()
    ]
    voices = poll.voices
    return {
        "number": poll.number,
        "text_hash": poll.text_hash,
        "blocks": row.blocks,
        "rule": poll.rule.to_json(),
        "secret": poll.secret,
        "opened_at": _moment(row.opened_at),
        "closes_at": _moment(poll.closes_at),
        "ended_at": _moment(row.ended_at),
        "outcome": poll.outcome.value if poll.outcome is not None else None,
        "voices": _open_voices(poll) if poll.outcome is None else _voices(voices),
        "voters": sorted(
            (
                {"voter": names(voter), "delegation": delegation}
                for voter, delegation in poll.voters.items()
            ),
            key=lambda one: str(one["voter"]),
        ),
        "ballots": []
        if poll.secret and poll.outcome is None
        else sorted(cast, key=lambda one: str(one["id"])),
    }


def _voices(voices: Any) -> Json:
    return {
        "approve": voices.approve,
        "object": voices.object,
        "abstain": voices.abstain,
        "of": voices.of,
    }


def _open_voices(poll: Poll) -> Json | None:
    return None if poll.secret else _voices(poll.voices)


def _rounds(session: Session, session_id: str, state: Deliberation) -> list[Json]:
    made = []
    for row, one in zip(rounds.of_session(session, session_id), state.rounds, strict=True):
        counted = []
        if one.closed and row.result is not None:
            predicted = [
                RankingBallot(
                    guess.id,
                    guess.participant_id,
                    tuple(tuple(tier) for tier in guess.ranking or ()),
                    predicted=True,
                )
                for guess in ballots.predicted(session, row.id)
            ]
            own = [
                RankingBallot(ballot, voter, ranking)
                for voter, (ballot, ranking) in one.rankings.items()
            ]
            used = effective(own, () if row.result["decided_by"] == "humans" else predicted)
            counted = [
                {
                    "id": ballot.id,
                    "predicted": ballot.predicted,
                    "ranking": [list(tier) for tier in ballot.ranking],
                }
                for ballot in sorted(used, key=lambda ballot: ballot.id)
            ]
        made.append(
            {
                "id": row.id,
                "number": row.number,
                "commitment": one.commitment,
                "secret": row.secret if one.closed else None,
                "ended_at": _moment(row.ended_at),
                "candidates": [
                    {"id": c.id, "author": c.author, "style": c.style, "text": c.text}
                    for c in rounds.candidates(session, row.id)
                ],
                "ballots": counted,
                "result": {name: row.result[name] for name in _PUBLISHED}
                if row.result is not None
                else None,
            }
        )
    return made


_COUNTED = ("winner", "order", "tiers", "seed", "drawn", "lots", "asked", "cast", "predicted")

_PUBLISHED = (*_COUNTED, "decided_by")


def _dissents(session: Session, session_id: str) -> list[Json]:
    names = participants.names(session, session_id)
    return [
        {
            "text": one.text,
            "author": names.get(one.participant_id) if one.named else None,
            "written_at": _moment(one.created_at),
        }
        for one in dissents.of_session(session, session_id)
    ]


def _sentences(session: Session, session_id: str, traced: provenance.Provenance) -> list[Json]:
    rows = {row.id: row for row, _ in suggestions.of_session(session, session_id)}
    consent = Consent.load(session, session_id)
    made = []
    for one in traced.traced:
        shown = {}
        if one.suggestion is not None:
            shown = {
                source["citation"]: consent.of(source) for source in rows[one.suggestion].sources
            }
        sources = [shown[cited.id] for cited in one.citations]
        made.append(
            {
                "text": one.text,
                "standing": one.standing.value,
                "suggestion": one.suggestion,
                "sources": [shown_source(source) for source in sources],
                "unquoted": unquoted(sources),
                "unsupported_numbers": list(one.numbers),
            }
        )
    return made


def _suggestions(session: Session, session_id: str, names: _Pseudonyms) -> list[Json]:
    return [
        {
            "id": row.id,
            "run": row.run_id,
            "author": row.author,
            "kind": row.kind,
            "status": row.status,
            "text": row.text,
            "decided_by": names(decision.participant_id) if decision is not None else None,
            "decided_at": _moment(decision.decided_at) if decision is not None else None,
            "decided_text": decision.text if decision is not None else None,
        }
        for row, decision in suggestions.of_session(session, session_id)
        if row.status not in ("drafting", "withdrawn")
    ]


def _models(session: Session, session_id: str) -> list[Json]:
    counts: Counter[tuple[str, str, str]] = Counter()
    tokens: Counter[tuple[str, str, str]] = Counter()
    query = select(ModelAnswer).where(ModelAnswer.session_id == session_id)
    for one in session.scalars(query):
        key = (one.purpose, one.prompt, one.model)
        counts[key] += 1
        tokens[key] += one.input_tokens + one.output_tokens
    return [
        {
            "purpose": key[0],
            "prompt": key[1],
            "model": key[2],
            "calls": counts[key],
            "tokens": tokens[key],
        }
        for key in sorted(counts)
    ]


def _runs(session: Session, session_id: str) -> list[Json]:
    query = select(Run).where(Run.session_id == session_id).order_by(Run.created_at, Run.id)
    return [
        {
            "id": one.id,
            "mode": one.mode,
            "model": one.model,
            "trigger": one.trigger,
            "status": one.status,
            "started_at": _moment(one.created_at),
        }
        for one in session.scalars(query)
    ]


def _events(session: Session, session_id: str, names: _Pseudonyms) -> list[Json]:
    """The deliberation's events. What would tie a ballot to its voter is left out."""
    made = []
    for entry in audit.entries(session, session_id, EVENTS):
        details = dict(entry.details)
        if entry.action in (BallotCast.ACTION, RankingCast.ACTION):
            details.pop("ballot")
        if "voters" in details:
            details["voters"] = len(details["voters"])
        made.append(
            {
                "at": _moment(entry.at),
                "actor": names(entry.actor),
                "action": entry.action,
                "details": details,
            }
        )
    return made


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


# -- verifying


def _wrong_text(what: str, value: Mapping[str, Any]) -> list[str]:
    if frozen.digest(value["blocks"]) != value["text_hash"]:
        return [f"{what}: the text is not the one of its hash"]
    return []


def _wrong_poll(value: Json) -> list[str]:
    what = f"poll {int(value['number'])}"
    found = _wrong_text(what, value)
    if value["outcome"] is None:
        return found
    rule = Rule.from_json(value["rule"]).check()
    if len({one["id"] for one in value["ballots"]}) != len(value["ballots"]):
        found.append(f"{what}: a ballot stands in it twice")
    voters, choices = _electorate(value, what, found)
    voices = add_up(hear(rule.per, voters, choices))
    if _voices(voices) != value["voices"]:
        found.append(f"{what}: its ballots do not add up to its voices")
    if value["outcome"] == Outcome.VOID.value:
        return found
    over = value["closes_at"] is not None and _at(value["ended_at"]) >= _at(value["closes_at"])
    outcome = rule.outcome(voices, over=over)
    if outcome is None or outcome.value != value["outcome"]:
        found.append(f"{what}: by its rule its outcome is not “{value['outcome']}”")
    return found


def _electorate(
    value: Json, what: str, found: list[str]
) -> tuple[dict[str, str | None], dict[str, Choice]]:
    """Who could vote and what was said. Ballots without voters are given to voters of their delegation."""
    voters = {one["voter"]: one["delegation"] for one in value["voters"]}
    choices: dict[str, Choice] = {}
    for ballot in value["ballots"]:
        voter = ballot["voter"]
        if voter is None:
            free = [
                one
                for one, delegation in voters.items()
                if one not in choices
                and (value["rule"]["per"] == "person" or delegation == ballot["delegation"])
            ]
            voter = free[0] if free else None
        if voter not in voters or voter in choices:
            found.append(f"{what}: a ballot is of nobody who could vote, or somebody's second")
            continue
        choices[voter] = Choice(ballot["choice"])
    return voters, choices


def _wrong_round(value: Json) -> list[str]:
    what = f"round {int(value['number'])}"
    result = value["result"]
    if value["secret"] is None or result is None:
        return [] if result is None else [f"{what}: its secret is missing"]
    if commitment(value["secret"]) != value["commitment"]:
        return [f"{what}: its secret is not the one that was committed to"]
    idents = [one["id"] for one in value["candidates"]]
    cast: list[RankingBallot] = []
    predicted: list[RankingBallot] = []
    for ballot in value["ballots"]:
        ranking = check_ranking(ballot["ranking"], idents)
        one = RankingBallot(ballot["id"], ballot["id"], ranking, ballot["predicted"])
        (predicted if one.predicted else cast).append(one)
    again = tally(
        idents,
        cast,
        predicted,
        asked=result["asked"],
        secret=value["secret"],
        subject=value["id"],
    )
    same = again is not None and all(again[name] == result[name] for name in _COUNTED)
    if not same or (predicted and result["decided_by"] == "humans"):
        return [f"{what}: counted again it comes out otherwise"]
    return []


def _wrong_end(bundle: Json) -> list[str]:
    phase = "gathering"
    outcomes = {}
    for event in bundle["events"]:
        details = event["details"]
        match event["action"]:
            case "session.moved" | "poll.voided":
                phase = details["after"]
            case "poll.opened":
                phase = "deciding"
            case "poll.closed":
                phase = "agreed" if details["outcome"] == "agreed" else "refining"
                outcomes[details["poll"]] = details["outcome"]
    found = []
    if phase != bundle["session"]["phase"]:
        found.append("the events do not lead to the phase the session is in")
    last = bundle["polls"][-1] if bundle["polls"] else None
    agreed = last is not None and last["outcome"] == Outcome.AGREED.value
    if (phase == "agreed") != agreed or bundle["statement"]["agreed"] != agreed:
        found.append("it is said to be agreed, or not, otherwise than its last poll ended")
    if agreed and last is not None and last["text_hash"] != bundle["statement"]["text_hash"]:
        found.append("the text that was agreed to is another one")
    return found


def _at(value: Any) -> datetime:
    return datetime.fromisoformat(value)


def problems(bundle: Json) -> Iterable[str]:
    """Return what is wrong with a bundle in words, also where it is none at all."""
    try:
        return verify(bundle)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, AIError) as exc:
        return [f"this is no whole audit bundle: {type(exc).__name__} {exc}"]
