from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.embedders.profiles import (
    PROFILE_FILE,
    FileFacts,
    Profile,
    Source,
    check_files,
    digest,
    read_profile,
    write_profile,
)
from ingest.errors import EmbeddingFailed


def test_what_is_written_is_read(tmp_path: Path) -> None:
    said = Profile(
        "query: ", "", "first", 256, Source("a/b", "main", "MIT"), {"x": FileFacts(1, "ab")}
    )
    write_profile(tmp_path, said)
    assert read_profile(tmp_path) == said
    assert json.loads((tmp_path / PROFILE_FILE).read_text())["passage_prefix"] == ""


def test_nothing_need_be_said(tmp_path: Path) -> None:
    assert read_profile(tmp_path) == Profile()
    write_profile(tmp_path, Profile())
    assert read_profile(tmp_path) == Profile()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"querry_prefix": "q"}, "unknown word 'querry_prefix'; known are query_prefix"),
        ({"query_prefix": 1}, "query_prefix must be a text"),
        ({"pooling": "max"}, "pooling must be mean or first"),
        ({"max_tokens": 0}, "max_tokens must be"),
        ({"max_tokens": "512"}, "max_tokens must be"),
        (["query: "], "must be an object"),
        ({"source": {"url": "x"}}, "url"),
        ({"files": {"../x": {"size": 1, "sha256": ""}}}, "in the folder"),
        ({"files": {"x": {"size": 1}}}, "sha256"),
    ],
)
def test_what_nobody_understands_is_told(tmp_path: Path, said: Any, words: str) -> None:
    (tmp_path / PROFILE_FILE).write_text(json.dumps(said))
    with pytest.raises(EmbeddingFailed, match=words):
        read_profile(tmp_path)


def test_what_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / PROFILE_FILE).write_bytes(b"\xff{")
    with pytest.raises(EmbeddingFailed, match=PROFILE_FILE):
        read_profile(tmp_path)


def test_files_that_are_not_what_came_are_found(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"model")
    profile = Profile(files={"model.onnx": FileFacts(5, digest(path))})
    check_files(tmp_path, profile)
    for damage in (b"modem", b"mode", None):
        path.write_bytes(damage) if damage else path.unlink()
        with pytest.raises(EmbeddingFailed, match="not the file that was downloaded"):
            check_files(tmp_path, profile)


def test_another_use_has_another_name_and_none_has_none() -> None:
    uses = [
        Profile(query, passage, pooling).use
        for query in (None, "", "query: ")
        for passage in (None, "passage: ")
        for pooling in (None, "mean", "first")
    ]
    assert len(set(uses)) == len(uses)
    assert Profile(max_tokens=8).use == ""
