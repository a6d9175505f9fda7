"""
What has to be known of a local model besides its files: ``accord-model.json``, which lies beside them.

Models differ in what goes before a text ("query: " and "passage: " of the E5 family), how the vectors of its tokens
become one, and how much they read. Who gets this wrong gets vectors all the same, only poor ones, so a word that is
misspelt there stops the start. Where the file does not say something, the model's own files do.

    {"query_prefix": "query: ", "passage_prefix": "passage: ", "pooling": "mean", "max_tokens": 512}

A model that was downloaded has there what was downloaded, too: its source, and size and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ingest.errors import EmbeddingFailed

PROFILE_FILE = "accord-model.json"

POOLINGS = ("mean", "first")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model came from. `revision`: a commit of the repository."""

    repository: str
    revision: str
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it was when it arrived: `size` in bytes, `sha256` in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Profile:
    """
    How a model is used; None where nothing is said.

    Attributes:
        pooling: ``mean`` of all tokens, or the ``first`` one alone.
        max_tokens: The longest text it reads whole.
        files: By their names in the folder.
    """

    query_prefix: str | None = None
    passage_prefix: str | None = None
    pooling: str | None = None
    max_tokens: int | None = None
    source: Source | None = None
    files: Mapping[str, FileFacts] = field(default_factory=dict)

    @property
    def use(self) -> str:
        """Return six digits that change with how the model is used, nothing where nothing is said of that."""
        said = [self.query_prefix, self.passage_prefix, self.pooling]
        if said == [None, None, None]:
            return ""
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:6]


def read_profile(folder: Path) -> Profile:
    """
    Return what is said of the model of a folder.

    Raises:
        EmbeddingFailed: If what is there cannot be read, or says what nobody understands.
    """
    path = folder / PROFILE_FILE
    if not path.is_file():
        return Profile()
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, AttributeError, OSError) as exc:
        raise EmbeddingFailed(f"{path}: {exc}") from exc


def write_profile(folder: Path, profile: Profile) -> None:
    """Say how the model of a folder is used."""
    said = {name: value for name, value in asdict(profile).items() if value not in (None, {})}
    (folder / PROFILE_FILE).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def check_files(folder: Path, profile: Profile) -> None:
    """
    Check that files are what was downloaded.

    Raises:
        EmbeddingFailed: If one is not; the text says what to do.
    """
    for name, facts in profile.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != facts.size or digest(path) != facts.sha256:
            raise EmbeddingFailed(
                f"{path} is not the file that was downloaded; remove {folder} and download the model anew"
            )


def digest(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(said: Any) -> Profile:
    if not isinstance(said, dict):
        raise ValueError("must be an object")
    known = [one.name for one in fields(Profile)]
    for name in said:
        if name not in known:
            raise ValueError(f"unknown word {name!r}; known are {', '.join(known)}")
    for name in ("query_prefix", "passage_prefix"):
        if not isinstance(said.get(name, ""), str):
            raise ValueError(f"{name} must be a text")
    if said.get("pooling", "mean") not in POOLINGS:
        raise ValueError(f"pooling must be {' or '.join(POOLINGS)}")
    tokens = said.get("max_tokens", 512)
    if not isinstance(tokens, int) or not 8 <= tokens <= 1_000_000:
        raise ValueError("max_tokens must be a whole number from 8")
    more: dict[str, Any] = {}
    if "source" in said:
        more["source"] = Source(**said["source"])
    if "files" in said:
        more["files"] = {name: FileFacts(**facts) for name, facts in said["files"].items()}
        if any(".." in Path(name).parts or Path(name).is_absolute() for name in more["files"]):
            raise ValueError("files must lie in the folder")
    return Profile(**said | more)
