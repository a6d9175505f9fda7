"""
The process that reads one file, or draws a page of it: ``python -P -m ingest.worker``.

It is started for one file and ends with it. What it gets is one JSON line on its standard input; its progress goes to
its standard output, one number a line; what it found goes into a file. It has no secrets in its environment, no
network where the machine lets it go without, and limits on memory, time and what it writes.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.errors import Damaged, Excessive, NoText, Unusable
from ingest.limits import ExtractionLimits

#: Exit codes that say what a dying process could not write any more.
OUT_OF_MEMORY = 70
TOO_MUCH_TEXT = 71

Work = Callable[[dict[str, Any], ExtractionLimits, Any], dict[str, Any]]

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000


def main() -> int:
    """Read the file that standard input names; return the exit code."""
    request = json.loads(sys.stdin.readline())
    limits = ExtractionLimits(**request["limits"])
    _confine(limits)
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no progress
    try:
        answer = _answer(_draw if "page" in request else _read, request, limits, told)
        Path(request["result"]).write_text(json.dumps(answer), encoding="utf-8")
    except MemoryError:
        return OUT_OF_MEMORY
    except OSError as exc:
        return TOO_MUCH_TEXT if exc.errno == errno.EFBIG else 1
    return 0


def _answer(
    work: Work, request: dict[str, Any], limits: ExtractionLimits, told: Any
) -> dict[str, Any]:
    """Return what work gives, or what is wrong with the file."""
    try:
        return work(request, limits, told)
    except Unusable as exc:
        text = exc.limit if isinstance(exc, Excessive) else str(exc)
        return {"error": exc.reason, "text": text}
    except MemoryError:
        raise
    except Exception as exc:  # a dozen kinds from half a dozen libraries: each means the same
        if _is_about_memory(exc):
            raise MemoryError from exc
        return {"error": Damaged.reason, "text": Damaged.message, "cause": repr(exc)[:500]}


def _draw(request: dict[str, Any], limits: ExtractionLimits, told: Any) -> dict[str, Any]:
    from ingest.extract.pageimage import picture

    path, boxes = Path(request["path"]), [tuple(box) for box in request["boxes"]]
    drawn = picture(path, request["page"], boxes, limits.pdf_engine)
    return {"png": base64.b64encode(drawn).decode()}


def _read(request: dict[str, Any], limits: ExtractionLimits, told: Any) -> dict[str, Any]:
    from ingest.extract import extractor
    from ingest.extract.job import Job
    from ingest.sniff import sniff

    path, name = Path(request["path"]), request["name"]
    last = 0

    def progress(share: float) -> None:
        nonlocal last
        if int(share * 100) > last:
            last = int(share * 100)
            told.write(f"{last}\n")

    kind = sniff(path, name, limits)
    found = extractor(kind, limits.pdf_engine)(path, Job(name, limits, progress))
    if not found.blocks and not found.notes:
        raise NoText
    return {"extraction": found.to_json()}


def _is_about_memory(error: Exception) -> bool:
    words = str(error).lower()
    return "alloc" in words or "out of memory" in words


def _confine(limits: ExtractionLimits) -> None:
    """Give up what is not needed to read a file."""
    for name in list(os.environ):
        if name not in ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME"):
            del os.environ[name]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # not left behind when the server is killed
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit on address space
            resource.setrlimit(what, (value, hard))


if __name__ == "__main__":
    sys.exit(main())
