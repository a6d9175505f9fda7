"""
Python reads this at its start when this folder is in ``PYTHONPATH``: the wall clock is off by as many seconds as the
file says that ``ACCORD_TEST_CLOCK_SHIFT`` names. Monotonic clocks go on as they are, as when somebody sets the time.
"""

import datetime
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_FILE = os.environ.get("ACCORD_TEST_CLOCK_SHIFT")
_time = time.time
Real = datetime.datetime


def shifted() -> float:
    """Return the time of the day that this process is to believe."""
    with suppress(OSError, ValueError):
        return _time() + float(Path(_FILE or os.devnull).read_text())
    return _time()


class Kind(type):
    """What C code makes is an instance too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, Real)


class Shifted(Real, metaclass=Kind):
    """A class whose `now` is shifted, and whose instances are the real ones."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return Real(*args, **kwargs)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return Real.fromtimestamp(shifted(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return Real.fromtimestamp(shifted(), datetime.UTC).replace(tzinfo=None)


if _FILE:
    time.time = shifted
    datetime.datetime = Shifted  # type: ignore[misc]
