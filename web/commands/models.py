"""`accord models`: which models for search by meaning there are, and bringing one here, once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from ingest.embedders.catalogue import DEFAULT, KNOWN, Model, find
from ingest.embedders.download import Download, downloaded
from ingest.embedders.hub import Hub
from ingest.embedders.profiles import read_profile
from ingest.errors import DownloadFailed, EmbeddingFailed
from web import embedders
from web.settings import Settings, SettingsError

#: Where nobody watches, as in a log, a line says how far it is after each of these many hundredths.
_STEP = 10


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it, also while the server runs."""
    if options.action == "list":
        return _list(settings)
    name = options.name or DEFAULT.name
    model = find(name, revision=options.revision)
    if model is None:
        known = ", ".join(one.name for one in KNOWN)
        print(
            f"accord: {name} is no model we know ({known}) and no OWNER/NAME with a revision",
            file=sys.stderr,
        )
        return 2
    return _download(settings, model)


def _list(settings: Settings) -> int:
    here = {one.name: one for one in downloaded(settings.models_path)}
    used = _used(settings)
    rows = [("NAME", "SIZE", "LANGUAGES", "LICENCE", "REVISION", "")]
    for model in KNOWN:
        folder = here.pop(model.name, None)
        state = _state(folder, used) or ("default" if model is DEFAULT else "")
        about = (model.languages or "", model.licence or "", model.revision[:12])
        rows.append((model.name, megabytes(model.size or 0), *about, state))
    rows += [_row_of(folder, used) for folder in here.values()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    print(
        f"\n`accord models download NAME` brings one from {settings.embedding_hub} to {settings.models_path}."
    )
    print("Any other with an ONNX export there: `accord models download OWNER/NAME`.")
    return 0


def _row_of(folder: Path, used: Path | None) -> tuple[str, str, str, str, str, str]:
    """Return what is known of a model that is here and not in the catalogue."""
    size = megabytes(sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()))
    try:
        came = read_profile(folder).source
    except EmbeddingFailed as exc:
        return folder.name, size, "", "", "", f"damaged: {exc}"
    revision = came.revision[:12] if came else ""
    return folder.name, size, "", (came and came.licence) or "", revision, _state(folder, used)


def _state(folder: Path | None, used: Path | None) -> str:
    if folder is None:
        return ""
    return "here, in use" if folder == used else "here"


def _used(settings: Settings) -> Path | None:
    if settings.embeddings != "local":
        return None
    try:
        return embedders.local_folder(settings)
    except SettingsError:
        return None


def _download(settings: Settings, model: Model) -> int:
    os.umask(0o077)
    if model.name in {one.name for one in downloaded(settings.models_path)}:
        folder = settings.models_path / model.name
        print(f"{model.name} is here already; remove {folder} to download it anew")
        return 0
    hub = Hub(settings.embedding_hub)
    meter = Meter(sys.stderr)
    size = f", {megabytes(model.size)}" if model.size else ""
    print(f"{model.repository} from {settings.embedding_hub}{size}", file=sys.stderr, flush=True)
    try:
        folder = Download(hub, model, settings.models_path, meter.show).run()
    except DownloadFailed as exc:
        meter.end()
        print(f"accord: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        meter.end()
        print("accord: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    finally:
        hub.close()
    meter.end()
    for line in _after(settings, folder):
        print(line)
    return 0


def _after(settings: Settings, folder: Path) -> Iterator[str]:
    """Yield what has happened and what is left to do."""
    yield f"{folder.name} is in {folder}, every file checked"
    if any(find_spec(one) is None for one in ("onnxruntime", "tokenizers")):
        yield "It is run by the packages of accord[embeddings]: pip install 'accord[embeddings]'"
    wanted = "ACCORD_EMBEDDINGS=local"
    if len(downloaded(settings.models_path)) > 1:
        wanted += f" ACCORD_EMBEDDING_MODEL={folder.name}"
    yield f"{wanted} accord serve searches by meaning with it"


class Meter:
    """Shows how far a download is: in one line that changes where somebody watches, else in a few lines."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._watched = out.isatty()
        self._last: tuple[str, int] | None = None

    def show(self, name: str, here: int, size: int) -> None:
        """Say how many bytes of a file are here."""
        hundredths = here * 100 // size if size else 100
        step = hundredths if self._watched else hundredths // _STEP * _STEP
        if self._last == (name, step):
            return
        ended = self._last is not None and self._last[0] != name
        self._last = (name, step)
        line = f"  {name}  {step:3} %  of {megabytes(size)}"
        if self._watched:
            self._out.write(("\n" if ended else "") + f"\r{line}")
        else:
            self._out.write(line + "\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._watched and self._last is not None:
            self._out.write("\n")
            self._out.flush()


def megabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
