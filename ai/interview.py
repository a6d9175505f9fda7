"""
A conversation with one participant, as a state machine: what is asked next, and what they said. No model, no I/O.

They answer questions, see their points read back, and confirm, correct or drop each. Only what they confirm
counts. Where there is no model, or it fails, the questions are fixed ones and the points are their answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum, StrEnum
from typing import Any

from ai.errors import NotAllowed
from ai.visible import one_line, visible
from store.sessions import Type

#: Longer answers belong into inputs.
MAX_ANSWER_CHARACTERS = 4000

MAX_POINTS = 12
MAX_POINT_CHARACTERS = 400

#: How a conversation is led: by a model, or with fixed questions.
LED, FIXED = "claude", "fixed"

_FIRST = {
    Type.CLIMATE: "What must be done in any case, by whom, and by when?",
    Type.STRATEGIC_PLANNING: "Where should this be in a few years, and what must be done for it?",
    Type.PROCUREMENT: "What must be bought in any case, and what must it be able to do?",
    Type.MERGER: "What must stay as it is for you, and what may change?",
    Type.OTHER: "What must be in the statement in any case, for your sake?",
}
_THEN = (
    "What must not happen?",
    "Under which condition could you agree to something you do not like?",
)


class Status(StrEnum):
    """How far a conversation is."""

    ASKING = "asking"
    CONFIRMING = "confirming"
    DONE = "done"


class Verdict(StrEnum):
    """What somebody says to a point that is read back to them."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    DROPPED = "dropped"


class Step(Enum):
    """What the server has to do next."""

    ASK_MODEL = "ask a model for a question"
    READ_BACK = "read back"


@dataclass(frozen=True, slots=True)
class Turn:
    """
    A question and what was said to it.

    Attributes:
        by: `LED` if a model asks, else `FIXED`.
        answer: None as long as there is none, and for a question that was passed over.
    """

    question: str
    by: str
    answer: str | None = None
    skipped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answer is None and not self.skipped


@dataclass(frozen=True, slots=True)
class Point:
    """
    Something somebody said, as it is read back.

    Attributes:
        turn: Where they said it.
        quote: Their own words that show it.
        own: Whether `text` is their own words throughout.
        wording: What they made of it, if they corrected it.
    """

    id: str
    turn: int
    text: str
    quote: str
    own: bool
    verdict: Verdict = Verdict.OPEN
    wording: str | None = None

    @property
    def says(self) -> str:
        """What counts, once it is confirmed."""
        return self.text if self.wording is None else self.wording


@dataclass(frozen=True, slots=True)
class Interview:
    """
    A conversation. Its methods return the next state.

    Attributes:
        mode: `LED` or `FIXED`.
        left_out: Points of the model that had no words of theirs.
        enough: They want no more questions.
        note: Why it is not led by the model any more, for people.
    """

    mode: str
    status: Status = Status.ASKING
    turns: tuple[Turn, ...] = ()
    points: tuple[Point, ...] = ()
    left_out: int = 0
    enough: bool = False
    note: str = ""

    def to_fields(self) -> dict[str, Any]:
        """Return it as the columns of its row."""
        return {
            "mode": self.mode,
            "status": self.status.value,
            "turns": [asdict(one) for one in self.turns],
            "points": [asdict(one) | {"verdict": one.verdict.value} for one in self.points],
            "left_out": self.left_out,
            "enough": self.enough,
            "note": self.note,
        }

    @classmethod
    def from_row(cls, row: Any) -> Interview:
        """Read what `to_fields` wrote."""
        return cls(
            mode=row.mode,
            status=Status(row.status),
            turns=tuple(Turn(**one) for one in row.turns),
            points=tuple(Point(**one | {"verdict": Verdict(one["verdict"])}) for one in row.points),
            left_out=row.left_out,
            enough=row.enough,
            note=row.note,
        )

    @property
    def question(self) -> int | None:
        """The number of the question that waits for an answer."""
        last = len(self.turns) - 1
        if self.status is Status.ASKING and last >= 0 and self.turns[last].is_open:
            return last
        return None

    @property
    def is_waiting(self) -> bool:
        """Whether the server is at work: there is no question, and no points yet."""
        return self.status is Status.ASKING and self.question is None

    def next_step(self, type_: Type, *, most: int, written: bool) -> Step | str | None:
        """
        Return what the server does next: a `Step`, a fixed question to ask, or None if it is the participant's turn.

        Args:
            most: Questions of a model at most; in a conversation with fixed ones, questions.
            written: Whether they have given inputs that a first question can be about.
        """
        if not self.is_waiting:
            return None
        fixed = (_FIRST[type_], *_THEN)
        if self.enough:
            return Step.READ_BACK
        asked = {one.question for one in self.turns}
        left = [one for one in fixed if one not in asked]
        if self.mode == FIXED:
            return left[0] if left and len(self.turns) < most else Step.READ_BACK
        if not written and not any(one.answer for one in self.turns):  # nothing to follow up
            return left[0] if left else Step.READ_BACK
        led = sum(one.by == LED for one in self.turns)
        return Step.ASK_MODEL if led < most else Step.READ_BACK

    def ask(self, question: str, by: str) -> Interview:
        """Put a question."""
        return replace(self, turns=(*self.turns, Turn(question, by)))

    def answer(self, turn: int, text: str | None, *, enough: bool = False) -> Interview:
        """
        Answer the open question; without a text it is passed over.

        Args:
            enough: No more questions after it.

        Raises:
            NotAllowed: If it is not this one that is open (`interview-moved`).
        """
        if self.question != turn:
            raise NotAllowed("interview-moved", "this question is not open (any more)")
        answered = replace(self.turns[turn], answer=text, skipped=text is None)
        return replace(self, turns=(*self.turns[:turn], answered), enough=self.enough or enough)

    def end_questions(self) -> Interview:
        """The model has nothing more to ask."""
        return replace(self, enough=True)

    def fall_back(self, why: str) -> Interview:
        """Go on without the model."""
        return replace(self, mode=FIXED, note=why)

    def read_back(self, points: Sequence[Point], *, left_out: int = 0) -> Interview:
        """Show what they said; where that is nothing, it is over."""
        status = Status.CONFIRMING if points else Status.DONE
        return replace(self, status=status, points=tuple(points), left_out=left_out)

    def judge(self, ident: str, verdict: Verdict, wording: str | None = None) -> Interview:
        """
        Confirm, correct or drop a point, or think again.

        Args:
            wording: Their own words, if they correct it.

        Raises:
            NotAllowed: If nothing is being read back (`not-confirming`), or no such point.
        """
        if self.status is not Status.CONFIRMING:
            raise NotAllowed("not-confirming", "there are no points to confirm at the moment")
        if ident not in {one.id for one in self.points}:
            raise NotAllowed("interview-moved", "there is no such point (any more)")
        said = wording if verdict is Verdict.CORRECTED else None
        points = tuple(
            replace(one, verdict=verdict, wording=said) if one.id == ident else one
            for one in self.points
        )
        return replace(self, points=points)

    def finish(self) -> tuple[Interview, list[str]]:
        """
        Return the end of it, and the texts that are inputs now.

        Raises:
            NotAllowed: If a point is still open (`points-open`), or nothing is read back (`not-confirming`).
        """
        if self.status is not Status.CONFIRMING:
            raise NotAllowed("not-confirming", "there are no points to confirm at the moment")
        if still := sum(one.verdict is Verdict.OPEN for one in self.points):
            points = "1 point is" if still == 1 else f"{still} points are"
            raise NotAllowed("points-open", f"{points} still to confirm, correct or drop")
        kept = (Verdict.CONFIRMED, Verdict.CORRECTED)
        texts = [one.says for one in self.points if one.verdict in kept]
        return replace(self, status=Status.DONE), texts


def own_points(turns: Sequence[Turn]) -> list[Point]:
    """Return somebody's answers as points, in their own words."""
    found: list[Point] = []
    for at, one in enumerate(turns):
        text = visible(one.answer or "").strip()
        if text:
            found.append(Point(f"p{len(found) + 1}", at, text, one_line(text), own=True))
    return found
