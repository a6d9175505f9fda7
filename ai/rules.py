"""
The decision rule: when a text is agreed. Pure counting.

A poll asks everybody who had a vote when it opened. Who counts is a voice: a person, or a delegation, whose voice is
what more of its members said; where they are even it abstains. A rule never agrees without an approval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ai.errors import NotAllowed


class Kind(StrEnum):
    """How a text comes to be agreed."""

    UNANIMITY = "unanimity"  #: every voice approves
    NO_OBJECTION = "no_objection"  #: at the deadline no voice objects
    K_OF_N = "k_of_n"  #: so many voices approve


class Per(StrEnum):
    """What has a voice."""

    PERSON = "person"
    DELEGATION = "delegation"


class Choice(StrEnum):
    """What a ballot of a poll says."""

    APPROVE = "approve"
    OBJECT = "object"
    ABSTAIN = "abstain"


class Outcome(StrEnum):
    """What became of a poll."""

    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Voices:
    """What was said, in voices. `of`: how many there are; who has not voted is in none of the others."""

    approve: int
    object: int
    abstain: int
    of: int

    @property
    def cast(self) -> int:
        """How many have said anything."""
        return self.approve + self.object + self.abstain


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A decision rule.

    Attributes:
        approvals: How many voices must approve (`K_OF_N` only).
        quorum: How many voices must have been cast, abstentions included.
        minutes: How long a poll lasts; None for no deadline.
        facilitators: Whether they are asked too.
    """

    kind: Kind = Kind.UNANIMITY
    per: Per = Per.PERSON
    approvals: int | None = None
    quorum: int = 1
    minutes: int | None = None
    facilitators: bool = False

    def check(self) -> Rule:
        """
        Return the rule.

        Raises:
            NotAllowed: `bad-rule`, if its parts do not fit together.
        """
        if (self.kind is Kind.K_OF_N) != (self.approvals is not None):
            raise NotAllowed("bad-rule", "a number of approvals belongs to the rule “k of n” only")
        if self.approvals is not None and self.approvals < 1:
            raise NotAllowed("bad-rule", "at least one voice must approve")
        if self.quorum < 1:
            raise NotAllowed("bad-rule", "the quorum is at least one voice")
        if self.minutes is not None and self.minutes < 1:
            raise NotAllowed("bad-rule", "a poll lasts a minute or longer")
        if self.kind is Kind.NO_OBJECTION and self.minutes is None:
            raise NotAllowed(
                "bad-rule", "“no objection” needs a time within which people can object"
            )
        return self

    def check_reachable(self, voices: int) -> None:
        """
        Check that so many voices can meet the rule.

        Raises:
            NotAllowed: `bad-rule`, if they cannot.
        """
        needed = max(self.approvals or 1, self.quorum)
        if voices < needed:
            raise NotAllowed(
                "bad-rule", f"the rule asks for {needed} voices and there are {voices} to be asked"
            )

    def outcome(self, voices: Voices, *, over: bool) -> Outcome | None:
        """
        Return how a poll ends, None while it goes on.

        It ends before its deadline only where everybody has voted or, without a deadline, as soon as the rule is met.

        Args:
            over: The deadline has passed.
        """
        met = self._is_met(voices)
        if over:
            return Outcome.AGREED if met else Outcome.NOT_AGREED
        everybody = voices.cast == voices.of
        if met and (everybody or (self.minutes is None and self.kind is Kind.K_OF_N)):
            return Outcome.AGREED
        return None

    def _is_met(self, voices: Voices) -> bool:
        if voices.approve < 1 or voices.cast < self.quorum:
            return False
        if self.kind is Kind.UNANIMITY:
            return voices.approve == voices.of
        if self.kind is Kind.NO_OBJECTION:
            return voices.object == 0
        assert self.approvals is not None
        return voices.approve >= self.approvals

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rule:
        """Read what `to_json` wrote."""
        return cls(**{**value, "kind": Kind(value["kind"]), "per": Per(value["per"])})


def hear(
    per: Per, voters: Mapping[str, str | None], choices: Mapping[str, Choice]
) -> dict[str, Choice | None]:
    """
    Return what each voice says, None for nothing yet.

    Args:
        voters: Who has a vote, and the delegation they belong to. Without one they are their own.
        choices: By voter.
    """
    members: dict[str, list[str]] = {}
    for voter, delegation in voters.items():
        apart = per is Per.PERSON or not delegation
        members.setdefault(f"person {voter}" if apart else f"delegation {delegation}", []).append(
            voter
        )
    return {
        voice: _common([choices[one] for one in people if one in choices])
        for voice, people in members.items()
    }


def add_up(said: Mapping[str, Choice | None]) -> Voices:
    """Return how many voices say what."""
    counts = Counter(said.values())
    return Voices(
        approve=counts[Choice.APPROVE],
        object=counts[Choice.OBJECT],
        abstain=counts[Choice.ABSTAIN],
        of=len(said),
    )


def _common(choices: list[Choice]) -> Choice | None:
    if not choices:
        return None
    approve, against = choices.count(Choice.APPROVE), choices.count(Choice.OBJECT)
    if approve == against:
        return Choice.ABSTAIN
    return Choice.APPROVE if approve > against else Choice.OBJECT
