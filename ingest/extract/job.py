"""What an extractor gets beside the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.limits import ExtractionLimits


def _nobody(_share: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Job:
    """
    Attributes:
        name: What its owner calls the file.
        progress: Told how much is done, 0 to 1.
    """

    name: str
    limits: ExtractionLimits
    progress: Callable[[float], None] = _nobody
