"""
Logs: one line an event, with its facts; never a token, never the text of a statement, input or prompt.
"""

from __future__ import annotations

import logging
import re
import sys

_SECRET = re.compile(r"((?:token|invitation)=|accord\.(?=[\w-]{43})|Bearer )[^&\s\"',;]+")

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


def redact(text: str) -> str:
    """Return text without the secrets that may stand in a URL or a header."""
    return _SECRET.sub(r"\1***", text)


class Formatter(logging.Formatter):
    """``time level logger message key=value ...``, secrets taken out."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        facts = " ".join(
            f"{name}={value}" for name, value in record.__dict__.items() if name not in _STANDARD
        )
        return redact(f"{line} {facts}" if facts else line)


def configure(level: str) -> None:
    """Send all logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "alembic", "dbos", "httpx2", "httpcore2", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for forwarded in ("uvicorn", "uvicorn.error"):
        logging.getLogger(forwarded).handlers.clear()
        logging.getLogger(forwarded).propagate = True
