"""
A deliberation as a state machine: what may happen next, and what has happened. No clock, no ids of its own, no I/O.

Commands look at a state and return events, or raise `NotAllowed` and nothing has happened. `apply` turns a state and
an event into the next state and asks no questions. Each event is one entry of the audit log, so that whoever has
the log (and, for polls, the ballots) can replay all of it.

Facilitators move a session between gathering, drafting and refining, and into deciding, as often as they like. Nobody
moves it to agreed: only a poll does, when its rule is met by ballots for the very text that was frozen. From there
nothing leads away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from ai.ballots import check_ranking
from ai.errors import NotAllowed
from ai.rules import Choice, Outcome, Rule, Voices, add_up, hear
from ai.schulze import Ranking
from store.sessions import Phase

# -- what happens


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `ACTION`: its name in the audit; `SECRET`: fields that do not go there."""

    ACTION: ClassVar[str]
    SECRET: ClassVar[frozenset[str]] = frozenset()

    def details(self) -> dict[str, Any]:
        """Return its facts as JSON, for the audit."""
        return {
            one.name: _plain(getattr(self, one.name))
            for one in fields(self)
            if one.name not in self.SECRET
        }


@dataclass(frozen=True, slots=True)
class RuleSet(Event):
    """The decision rule is another one."""

    ACTION: ClassVar[str] = "rule.set"
    rule: Rule


@dataclass(frozen=True, slots=True)
class SecrecySet(Event):
    """Whether ballots are secret."""

    ACTION: ClassVar[str] = "secrecy.set"
    secret: bool


@dataclass(frozen=True, slots=True)
class Moved(Event):
    """A facilitator moved the session."""

    ACTION: ClassVar[str] = "session.moved"
    before: Phase
    after: Phase


@dataclass(frozen=True, slots=True)
class RoundOpened(Event):
    """Candidates can be ranked. `commitment`: see `ai.schulze.commitment`."""

    ACTION: ClassVar[str] = "round.opened"
    round: str
    number: int
    candidates: tuple[str, ...]
    commitment: str
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class RankingCast(Event):
    """Somebody ranked the candidates, perhaps again. Their ranking is in the ballot."""

    ACTION: ClassVar[str] = "ranking.cast"
    SECRET: ClassVar[frozenset[str]] = frozenset({"voter", "ranking"})
    round: str
    ballot: str
    voter: str
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class RoundClosed(Event):
    """A round is over. `winner`: None if it was called off."""

    ACTION: ClassVar[str] = "round.closed"
    round: str
    winner: str | None
    seed: str | None


@dataclass(frozen=True, slots=True)
class PollOpened(Event):
    """The text is frozen, and these people are asked. `rule` and `secret` are those in force."""

    ACTION: ClassVar[str] = "poll.opened"
    poll: str
    number: int
    text_hash: str
    voters: Mapping[str, str | None]
    rule: Rule
    secret: bool
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class BallotCast(Event):
    """Somebody voted, perhaps again. What they said is in the ballot."""

    ACTION: ClassVar[str] = "ballot.cast"
    SECRET: ClassVar[frozenset[str]] = frozenset({"voter", "choice"})
    poll: str
    text_hash: str
    ballot: str
    voter: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class PollClosed(Event):
    """The rule was met, or its time is over."""

    ACTION: ClassVar[str] = "poll.closed"
    poll: str
    outcome: Outcome
    approve: int
    object: int
    abstain: int
    asked: int


@dataclass(frozen=True, slots=True)
class PollVoided(Event):
    """The text is open again, and no ballot of the poll counts any more. `why`: ``reopened`` or ``text-changed``."""

    ACTION: ClassVar[str] = "poll.voided"
    poll: str
    why: str
    after: Phase


EVENTS: dict[str, type[Event]] = {
    one.ACTION: one
    for one in (
        RuleSet, SecrecySet, Moved, RoundOpened, RankingCast, RoundClosed,
        PollOpened, BallotCast, PollClosed, PollVoided,
    )
}  # fmt: skip


# -- what has happened


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot of a poll."""

    ballot: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Poll:
    """One time people were asked whether they agree to a text. `ballots`: by voter, the last of each."""

    id: str
    number: int
    text_hash: str
    voters: Mapping[str, str | None]
    rule: Rule
    secret: bool
    closes_at: datetime | None
    ballots: Mapping[str, Cast] = field(default_factory=dict)
    outcome: Outcome | None = None

    @property
    def said(self) -> dict[str, Choice | None]:
        """What each voice says."""
        choices = {voter: cast.choice for voter, cast in self.ballots.items()}
        return hear(self.rule.per, self.voters, choices)

    @property
    def voices(self) -> Voices:
        """How many voices say what."""
        return add_up(self.said)

    def is_over(self, now: datetime) -> bool:
        """Whether no ballot is taken any more."""
        return self.closes_at is not None and now >= self.closes_at


@dataclass(frozen=True, slots=True)
class Round:
    """One time candidates were ranked. `rankings`: by voter, ballot id and ranking, the last of each."""

    id: str
    number: int
    candidates: tuple[str, ...]
    commitment: str
    closes_at: datetime | None
    rankings: Mapping[str, tuple[str, Ranking]] = field(default_factory=dict)
    closed: bool = False
    winner: str | None = None


@dataclass(frozen=True, slots=True)
class Deliberation:
    """Where a deliberation stands. Starts as ``Deliberation()``."""

    phase: Phase = Phase.GATHERING
    rule: Rule = field(default_factory=Rule)
    secret: bool = False
    rounds: tuple[Round, ...] = ()
    polls: tuple[Poll, ...] = ()

    @property
    def round(self) -> Round | None:
        """The round that is open."""
        return self.rounds[-1] if self.rounds and not self.rounds[-1].closed else None

    @property
    def poll(self) -> Poll | None:
        """The poll that is open."""
        return self.polls[-1] if self.polls and self.polls[-1].outcome is None else None

    @property
    def locked(self) -> bool:
        """Whether somebody has voted, so that rule and secrecy stay as they are."""
        return any(poll.ballots for poll in self.polls)

    # -- commands

    def set_rule(self, rule: Rule) -> list[Event]:
        """
        Choose the decision rule.

        Raises:
            NotAllowed: `bad-rule`, `rule-locked`, `poll-open`.
        """
        self._check_not_locked("the decision rule")
        return [RuleSet(rule.check())] if rule != self.rule else []

    def set_secret(self, secret: bool) -> list[Event]:
        """
        Choose whether ballots are secret.

        Raises:
            NotAllowed: `rule-locked`, `poll-open`.
        """
        self._check_not_locked("the secrecy of ballots")
        return [SecrecySet(secret)] if secret != self.secret else []

    def move(self, to: Phase, *, seen: Phase | None) -> list[Event]:
        """
        Go to gathering, drafting or refining. Leaving deciding voids its poll.

        Args:
            seen: The phase whoever moves believes it is in; may be None except in deciding.

        Raises:
            NotAllowed: `not-by-hand`, `phase-moved`, `agreed`.
        """
        if to is Phase.AGREED:
            raise NotAllowed(
                "not-by-hand", "a statement is agreed by the votes of its participants only"
            )
        assert to is not Phase.DECIDING, "a poll is opened"
        self._check_seen(to, seen)
        if (poll := self.poll) is not None:
            if seen is None:
                raise NotAllowed(
                    "phase-moved", "the session is deciding; reopening the text voids all ballots"
                )
            return [PollVoided(poll.id, "reopened", to)]
        return [Moved(self.phase, to)]

    def open_round(
        self,
        ident: str,
        candidates: Iterable[str],
        *,
        commitment: str,
        closes_at: datetime | None = None,
    ) -> list[Event]:
        """
        Let candidates be ranked.

        Raises:
            NotAllowed: `round-open`, `not-now`, `too-few-candidates`, `used-id`.
        """
        names = tuple(candidates)
        if self.phase not in (Phase.DRAFTING, Phase.REFINING):
            raise NotAllowed("not-now", "candidates are ranked while drafting or refining")
        if self.round is not None:
            raise NotAllowed("round-open", "a round of this session is open already")
        if len(names) < 2 or len(set(names)) != len(names):
            raise NotAllowed("too-few-candidates", "there is nothing to choose between")
        if any(one.id == ident for one in self.rounds):
            raise NotAllowed("used-id", "there has been a round of this id")
        return [RoundOpened(ident, len(self.rounds) + 1, names, commitment, closes_at)]

    def cast_ranking(
        self, voter: str, *, round_id: str, ballot: str, tiers: object, now: datetime
    ) -> list[Event]:
        """
        Rank the candidates of the open round, perhaps again.

        Raises:
            NotAllowed: `round-closed`.
            BadBallot: If it is no ranking of these candidates.
        """
        found = self.round
        late = found is not None and found.closes_at is not None and now >= found.closes_at
        if found is None or found.id != round_id or late:
            raise NotAllowed("round-closed", "this round takes no rankings any more")
        ranking = check_ranking(tiers, found.candidates)
        return [RankingCast(round_id, ballot, voter, ranking)]

    def close_round(
        self, round_id: str, *, winner: str | None = None, seed: str | None = None
    ) -> list[Event]:
        """
        End the open round, with its winner or, without one, called off.

        Raises:
            NotAllowed: `round-closed`.
        """
        found = self.round
        if found is None or found.id != round_id:
            raise NotAllowed("round-closed", "this round is closed already")
        assert winner is None or winner in found.candidates
        return [RoundClosed(round_id, winner, seed)]

    def open_poll(
        self,
        ident: str,
        *,
        text_hash: str,
        voters: Mapping[str, str | None],
        now: datetime,
        seen: Phase | None,
    ) -> list[Event]:
        """
        Freeze the text and ask these people.

        Args:
            text_hash: Of the text as it stands.
            voters: By id, with the delegation they belong to.
            seen: As in `move`.

        Raises:
            NotAllowed: `phase-moved`, `agreed`, `round-open`, `bad-rule`, `used-id`.
        """
        self._check_seen(Phase.DECIDING, seen)
        if self.round is not None:
            raise NotAllowed("round-open", "candidates are being ranked; close that round first")
        if any(one.id == ident for one in self.polls):
            raise NotAllowed("used-id", "there has been a poll of this id")
        self.rule.check().check_reachable(len(hear(self.rule.per, voters, {})))
        closes_at = now + timedelta(minutes=self.rule.minutes) if self.rule.minutes else None
        return [
            PollOpened(
                ident,
                len(self.polls) + 1,
                text_hash,
                dict(voters),
                self.rule,
                self.secret,
                closes_at,
            )
        ]

    def cast_ballot(
        self,
        voter: str,
        *,
        poll_id: str,
        text_hash: str,
        choice: Choice,
        ballot: str,
        now: datetime,
        text_now: str | None = None,
    ) -> list[Event]:
        """
        Vote in the open poll, perhaps again; the poll may end with it.

        Args:
            text_hash: Of the text the voter had before them.
            text_now: As in `settle`.

        Raises:
            NotAllowed: `poll-closed`, `other-text`, `no-vote`, `used-id`.
        """
        poll = self.poll
        if poll is None or poll.id != poll_id or poll.is_over(now):
            raise NotAllowed("poll-closed", "this poll takes no ballots any more")
        if text_hash != poll.text_hash:
            raise NotAllowed(
                "other-text", "this ballot is for another text than the one asked about"
            )
        if voter not in poll.voters:
            raise NotAllowed(
                "no-vote", "who could not be asked when the poll opened has no vote in it"
            )
        if any(cast.ballot == ballot for cast in poll.ballots.values()):
            raise NotAllowed("used-id", "there is a ballot of this id")
        cast = BallotCast(poll_id, text_hash, ballot, voter, choice)
        return [cast, *self.apply(cast).settle(now, text_hash=text_now)]

    def settle(self, now: datetime, *, text_hash: str | None = None) -> list[Event]:
        """
        End the open poll if it is to end.

        Args:
            text_hash: Of the text as it stands: if it is not the frozen one, the poll is void.
        """
        poll = self.poll
        if poll is None:
            return []
        if text_hash is not None and text_hash != poll.text_hash:
            return [PollVoided(poll.id, "text-changed", Phase.REFINING)]
        voices = poll.voices
        outcome = poll.rule.outcome(voices, over=poll.is_over(now))
        if outcome is None:
            return []
        return [
            PollClosed(poll.id, outcome, voices.approve, voices.object, voices.abstain, voices.of)
        ]

    # -- events

    def apply(self, event: Event) -> Deliberation:
        """Return the state after an event that a command of this state returned."""
        match event:
            case RuleSet():
                return replace(self, rule=event.rule)
            case SecrecySet():
                return replace(self, secret=event.secret)
            case Moved():
                return replace(self, phase=event.after)
            case RoundOpened():
                opened = Round(
                    event.round, event.number, event.candidates, event.commitment, event.closes_at
                )
                return replace(self, rounds=(*self.rounds, opened))
            case RankingCast():
                rankings = {
                    **self.rounds[-1].rankings,
                    event.voter: (event.ballot, event.ranking),
                }
                return self._with_round(rankings=rankings)
            case RoundClosed():
                return self._with_round(closed=True, winner=event.winner)
            case PollOpened():
                poll = Poll(
                    event.poll, event.number, event.text_hash, event.voters,
                    event.rule, event.secret, event.closes_at,
                )  # fmt: skip
                return replace(self, phase=Phase.DECIDING, polls=(*self.polls, poll))
            case BallotCast():
                cast = Cast(event.ballot, event.choice)
                return self._with_poll(ballots={**self.polls[-1].ballots, event.voter: cast})
            case PollClosed():
                agreed = event.outcome is Outcome.AGREED
                phase = Phase.AGREED if agreed else Phase.REFINING
                return replace(self._with_poll(outcome=event.outcome), phase=phase)
            case PollVoided():
                return replace(self._with_poll(outcome=Outcome.VOID), phase=event.after)
        raise AssertionError(event)  # pragma: no cover

    def _with_round(self, **changes: Any) -> Deliberation:
        return replace(self, rounds=(*self.rounds[:-1], replace(self.rounds[-1], **changes)))

    def _with_poll(self, **changes: Any) -> Deliberation:
        return replace(self, polls=(*self.polls[:-1], replace(self.polls[-1], **changes)))

    def _check_seen(self, to: Phase, seen: Phase | None) -> None:
        if self.phase is Phase.AGREED:
            raise NotAllowed("agreed", "the statement is agreed; nothing changes it any more")
        if to is self.phase or (seen is not None and seen is not self.phase):
            raise NotAllowed("phase-moved", f"the session is {self.phase.value} meanwhile")

    def _check_not_locked(self, what: str) -> None:
        if self.phase is Phase.AGREED or self.locked:
            raise NotAllowed("rule-locked", f"somebody has voted, so {what} stays as it is")
        if self.poll is not None:
            raise NotAllowed(
                "poll-open", f"people are being asked; {what} stays as it is meanwhile"
            )


def replay(events: Iterable[Event]) -> Deliberation:
    """Return the state after all these events."""
    state = Deliberation()
    for event in events:
        state = state.apply(event)
    return state


def read_event(action: str, details: Mapping[str, Any], **secret: Any) -> Event | None:
    """
    Return the event an audit entry is about, None if it is about something else.

    Args:
        secret: What the audit does not say: voter and choice or ranking of a ballot.

    Raises:
        KeyError, ValueError, TypeError: If the entry was not written by `Event.details`.
    """
    kind = EVENTS.get(action)
    if kind is None:
        return None
    value: dict[str, Any] = {
        one.name: details[one.name] for one in fields(kind) if one.name not in kind.SECRET
    }
    for name, read in _READ.items():
        if name in value and value[name] is not None:
            value[name] = read(value[name])
    return kind(**value, **{name: secret[name] for name in kind.SECRET})


_READ: dict[str, Any] = {
    "rule": Rule.from_json,
    "before": Phase,
    "after": Phase,
    "outcome": Outcome,
    "candidates": tuple,
    "closes_at": datetime.fromisoformat,
}


def _plain(value: Any) -> Any:
    if isinstance(value, Rule):
        return value.to_json()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
