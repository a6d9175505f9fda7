"""
A model in a local folder, run by ONNX Runtime: nothing is downloaded, no text leaves the machine.

The folder is a sentence-transformers model with its ONNX export, as model hubs give them: ``model.onnx`` or
``onnx/model.onnx``, ``tokenizer.json``, and where present ``sentence_bert_config.json`` (its length),
``1_Pooling/config.json`` (mean or first token) and ``config_sentence_transformers.json`` (what goes before queries).
``accord-model.json`` wins over them (`ingest.embedders.profiles`).

Source: Reimers, Gurevych, "Sentence-BERT" (EMNLP 2019) for mean pooling.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ingest.embedders.profiles import check_files, digest, read_profile
from ingest.embedding import Floats, Purpose, batches, unit_length
from ingest.errors import EmbeddingFailed

_MAX_TOKENS = 512
_BATCH_TEXTS = 32
_BATCH_TOKENS = 8192


class LocalEmbedder:
    """
    A model of a folder. Made by `open_folder`, in a thread: reading the model takes a second.

    Attributes:
        dim: Length of its vectors.
    """

    external = False

    def __init__(self, folder: Path, *, threads: int) -> None:
        runtime = import_module("onnxruntime")
        tokenizers = import_module("tokenizers")
        path = _model_file(folder)
        profile = read_profile(folder)
        check_files(folder, profile)
        settings = runtime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.log_severity_level = 3
        self._session: Any = runtime.InferenceSession(
            str(path), settings, providers=["CPUExecutionProvider"]
        )
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.max_tokens = profile.max_tokens or int(
            _read(folder / "sentence_bert_config.json").get("max_seq_length") or _MAX_TOKENS
        )
        self._tokenizer.no_truncation()  # one that is kept in the file cuts unseen
        self._tokenizer.no_padding()
        first = _read(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token")
        self._first_token = profile.pooling == "first" if profile.pooling else bool(first)
        prompts = _read(folder / "config_sentence_transformers.json").get("prompts") or {}
        passage = str(prompts.get("passage", prompts.get("document", "")))
        self._prompts = {
            Purpose.QUERY: _said(profile.query_prefix, str(prompts.get("query", ""))),
            Purpose.PASSAGE: _said(profile.passage_prefix, passage),
        }
        use = f"-{profile.use}" if profile.use else ""
        self.model = f"local/{folder.resolve().name}@{digest(path)[:12]}{use}"
        self.dim = self._run(["dimension"]).shape[1]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, with what goes around it."""
        return [len(one.ids) for one in self._tokenizer.encode_batch(list(texts))]

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Floats:
        """See `Embedder`."""
        return await asyncio.to_thread(
            self._embed, [self._prompts[purpose] + text for text in texts]
        )

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _embed(self, texts: list[str]) -> Floats:
        parts = [
            self._run(texts[start:end])
            for start, end in batches(
                self.count(texts), max_tokens=_BATCH_TOKENS, max_texts=_BATCH_TEXTS
            )
        ]
        found = np.concatenate(parts) if parts else np.zeros((0, self.dim), np.float32)
        return unit_length(found, len(texts))

    def _run(self, texts: list[str]) -> Floats:
        """Return ``float32[n, dim]``, not of length one yet."""
        encoded = [one.ids[: self.max_tokens] for one in self._tokenizer.encode_batch(texts)]
        width = max(1, *(len(ids) for ids in encoded))
        tokens = np.zeros((len(texts), width), np.int64)
        mask = np.zeros((len(texts), width), np.int64)
        for row, ids in enumerate(encoded):
            tokens[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        given = {
            "input_ids": tokens,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(tokens),
        }
        try:
            (hidden, *_) = self._session.run(
                None, {name: value for name, value in given.items() if name in self._inputs}
            )
        except Exception as exc:  # the runtime's own errors have no common base
            raise EmbeddingFailed(f"the embedding model failed: {exc}") from exc
        return self._pooled(np.asarray(hidden, np.float32), mask)

    def _pooled(self, hidden: Floats, mask: Any) -> Floats:
        if hidden.ndim == 2:  # the export has pooled already
            return hidden
        if self._first_token:
            return hidden[:, 0]
        weights = mask[:, :, None].astype(np.float32)
        pooled: Floats = (hidden * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
        return pooled


def check_folder(folder: Path) -> None:
    """
    Check, without opening it, that a folder holds a model and that what runs it is installed.

    Raises:
        EmbeddingFailed: If not; the text says what is missing.
    """
    for name in ("tokenizer.json", _model_file(folder).relative_to(folder)):
        if not (folder / name).is_file():
            raise EmbeddingFailed(f"{folder} holds no embedding model: {name} is missing")
    for package in ("onnxruntime", "tokenizers"):
        if find_spec(package) is None:
            raise EmbeddingFailed(
                f"local embeddings need the package {package}: install accord[embeddings]"
            )
    read_profile(folder)


def open_folder(folder: Path, *, threads: int = 2) -> LocalEmbedder:
    """
    Open a model.

    Raises:
        EmbeddingFailed: If the folder does not hold one, or what runs it is not installed; the text says which.
    """
    check_folder(folder)
    try:
        return LocalEmbedder(folder, threads=threads)
    except EmbeddingFailed:
        raise
    except Exception as exc:  # broken files raise whatever the two libraries raise
        raise EmbeddingFailed(f"{folder} cannot be opened as an embedding model: {exc}") from exc


def _model_file(folder: Path) -> Path:
    inner = folder / "onnx" / "model.onnx"
    return inner if inner.is_file() else folder / "model.onnx"


def _said(profile: str | None, otherwise: str) -> str:
    return otherwise if profile is None else profile


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}
