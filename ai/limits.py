"""What asking a model may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """
    Attributes:
        parallel: Calls at the same time.
        session_tokens, day_tokens: Tokens, in and out, of one session and of the whole server in 24 hours.
        timeout_seconds: One whole call.
        memory: Answers kept in memory.
    """

    parallel: int = 6
    session_tokens: int = 2_000_000
    day_tokens: int = 10_000_000
    timeout_seconds: float = 180.0
    memory: int = 500
