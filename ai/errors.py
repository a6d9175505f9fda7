"""
Errors of the bot.

* AIError
    * RunFailed          a run ended without result; its text tells people why
    * BudgetSpent        the tokens that may be used are used; no model was asked
    * ExternalForbidden  this session may use no model of another server; none was asked
    * NotAllowed         a step is not allowed as the deliberation stands
    * BadBallot          a ballot cannot be counted: whose it is can cast a right one
    * ModelError         a model gave no usable answer
        * Busy
            * RateLimited    it asks us to come back later
            * Overloaded     it has too much to do, or is broken
            * Unreachable    it is not there
        * Unavailable    it does not let us in, or not with this request
        * Interrupted    its answer broke off
        * TooLong        what it should read is more than it can
        * Truncated      its answer was longer than it may be
        * Refused        it would not answer
        * BadOutput      its answer is not what was asked for

`message` is for the people in the room: it says what happened and what they can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai.models.base import Usage


class AIError(Exception):
    """Base of every error raised by `ai`."""


class RunFailed(AIError):
    """The run is over; nothing of it is left in the statement."""


class BudgetSpent(AIError):
    """As many tokens were used as may be. `whose`: the budget, for people."""

    def __init__(self, whose: str) -> None:
        super().__init__(
            f"The AI budget of {whose} is used up, so the model was not asked. Whoever runs the server can raise it."
        )
        self.whose = whose


class ExternalForbidden(AIError):
    """The session may not send anything to a model of another server."""

    def __init__(self) -> None:
        super().__init__("This session uses no external AI (any more), so no model was asked.")


class NotAllowed(AIError):
    """
    A step is not allowed as the deliberation stands; nothing happened.

    Attributes:
        reason: A stable word a program can switch on, ``poll-closed``.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class BadBallot(AIError):
    """
    A ballot cannot be counted, so all of it is refused.

    Attributes:
        reason: One of ``form``, ``unknown``, ``repeated``, ``missing``, ``tied``.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ModelError(AIError):
    """
    A model gave no usable answer.

    Attributes:
        usage: What it cost all the same, where that is known.
    """

    message = "The AI model gave no usable answer."

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.message} {detail}".strip())
        self.usage: Usage | None = None


class Busy(ModelError):
    """
    No answer now, perhaps one soon.

    Attributes:
        retry_after: Seconds the provider asks us to wait.
    """

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RateLimited(Busy):
    """The provider limits how often we may ask."""

    message = "The AI service allows no more requests at the moment. Try again in a few minutes."


class Overloaded(Busy):
    """The provider is overloaded or broken."""

    message = "The AI service is overloaded. Try again in a few minutes."


class Unreachable(Busy):
    """There is no connection to the provider."""

    message = "The AI service cannot be reached. Try again in a few minutes."


class Unavailable(ModelError):
    """The provider refuses our key or request."""

    message = (
        "The AI service cannot be used; the people who run this server can see why in its log."
    )


class Interrupted(ModelError):
    """The answer broke off in the middle."""

    message = "The AI's answer broke off, so nothing of it was kept. Try again."


class TooLong(ModelError):
    """The material is longer than the model can read."""

    message = "What people wrote is together more than the AI model can read at once."


class Truncated(ModelError):
    """The answer hit its length limit."""

    message = "The AI's answer was too long and was cut, so nothing of it was kept."


class Refused(ModelError):
    """The model declined."""

    message = "The AI model declined to answer this."


class BadOutput(ModelError):
    """The answer does not have the form that was asked for."""

    message = "The AI's answer was not in the agreed form, so nothing of it was kept. Try again."
