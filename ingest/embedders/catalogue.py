"""
Models that can be downloaded: a few we know by their bytes, and any other that a hub has in the same layout.

Of those we know, size and SHA-256 of each file stand here, so that whoever serves them can only serve these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.embedders.profiles import Profile, Source

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    One file of a model.

    Attributes:
        name: In the model's folder here.
        paths: In the repository; the first that is there counts.
        size: In bytes; None if we do not know.
        sha256: In hex; None if we do not know.
        optional: Whether a model may be without it.
    """

    name: str
    paths: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """
    A model of a hub.

    Attributes:
        name: What people call it, and its folder here.
        repository: ``owner/name`` at the hub.
        revision: Commit, or branch of a model we do not know.
        languages: For people.
        profile: How it is used.
    """

    name: str
    repository: str
    revision: str
    files: tuple[Wanted, ...]
    languages: str | None = None
    licence: str | None = None
    profile: Profile = field(default_factory=Profile)

    @property
    def size(self) -> int | None:
        """All its files, in bytes; None if we do not know."""
        sizes = [one.size for one in self.files]
        return sum(one or 0 for one in sizes) if None not in sizes else None


#: The first one is what is downloaded if nobody says which.
KNOWN = (
    Model(
        "multilingual-e5-small",
        "intfloat/multilingual-e5-small",
        "614241f622f53c4eeff9890bdc4f31cfecc418b3",
        (
            Wanted(
                "tokenizer.json",
                ("onnx/tokenizer.json",),
                17_082_730,
                "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            ),
            Wanted(
                "model.onnx",
                ("onnx/model.onnx",),
                470_268_510,
                "ca456c06b3a9505ddfd9131408916dd79290368331e7d76bb621f1cba6bc8665",
            ),
        ),
        languages="about 100",
        licence="MIT",
        profile=Profile("query: ", "passage: ", "mean", 512),
    ),
    Model(
        "all-MiniLM-L6-v2",
        "sentence-transformers/all-MiniLM-L6-v2",
        "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        (
            Wanted(
                "tokenizer.json",
                ("tokenizer.json",),
                466_247,
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            Wanted(
                "model.onnx",
                ("onnx/model.onnx",),
                90_405_214,
                "6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452",
            ),
        ),
        languages="English",
        licence="Apache-2.0",
        profile=Profile("", "", "mean", 256),
    ),
)

DEFAULT = KNOWN[0]

#: What says of itself how it is used is asked for that, if it does.
_FILES = (
    Wanted("tokenizer.json", ("tokenizer.json", "onnx/tokenizer.json")),
    Wanted("sentence_bert_config.json", ("sentence_bert_config.json",), optional=True),
    Wanted("1_Pooling/config.json", ("1_Pooling/config.json",), optional=True),
    Wanted(
        "config_sentence_transformers.json", ("config_sentence_transformers.json",), optional=True
    ),
    Wanted("model.onnx", ("onnx/model.onnx", "model.onnx")),
)


def find(name: str, *, revision: str | None = None) -> Model | None:
    """
    Return a model by the name we have for it or by its repository; None if it can be neither.

    Args:
        revision: Of a repository, another than the one we know; unset, its ``main``.
    """
    if revision is None:
        for one in KNOWN:
            if name.casefold() in (one.name.casefold(), one.repository.casefold()):
                return one
    revision = revision or "main"
    if not _REPOSITORY.fullmatch(name) or not _REVISION.fullmatch(revision):
        return None
    return Model(name.split("/")[1], name, revision, _FILES)


def source(model: Model, revision: str) -> Source:
    """Return where a model came from, for its profile."""
    return Source(model.repository, revision, model.licence)
