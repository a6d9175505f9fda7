"""
Logs: one line an event, with its facts; never a token, never the text of a statement, input or prompt.

What other libraries say is kept from `info` (uvicorn) or `warning` (the rest) upwards, whatever the level: at `debug`
they write down whole frames, headers and requests.
"""

from __future__ import annotations

import json
import logging
import re
import sys

#: Announced by a name, or of the very shape that `store.ids.new_secret` makes.
_SECRET = re.compile(
    r"(?i)((?:token|invitation)=|bearer\s+)[^&\s\"',;]+|(?<![\w-])[\w-]{43}(?![\w-])"
)

#: A query may spell ``token`` as ``%74oken``, so nothing of it is kept.
_QUERY = re.compile(r"(/[^\s?\"']*\?)[^\s\"']+")

#: What SQLAlchemy adds to its errors: the values of a statement, which may be somebody's input.
_VALUES = re.compile(r"(\[parameters: ).*\]")

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}

_OURS = ("collab", "rooms", "ingest", "ai", "store", "web")


def redact(text: str) -> str:
    """Return text without what may stand in a URL, a header or an exception and is nobody's business."""
    for found, shown in ((_VALUES, r"\1***]"), (_QUERY, r"\1***"), (_SECRET, r"\1***")):
        text = found.sub(shown, text)
    return text


class Formatter(logging.Formatter):
    """``time level logger message key=value ...``, secrets taken out."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        facts = " ".join(
            f"{name}={_shown(value)}"
            for name, value in record.__dict__.items()
            if name not in _STANDARD
        )
        return redact(f"{line} {facts}" if facts else line)


def _shown(value: object) -> str:
    """A fact on one line; paths come from outside and may hold line breaks."""
    text = str(value)
    plain = text.isprintable() and " " not in text and '"' not in text
    return text if plain else json.dumps(text)


def configure(level: str) -> None:
    """Send all logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    wanted = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(wanted, logging.WARNING), handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(wanted)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(max(wanted, logging.INFO))
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
