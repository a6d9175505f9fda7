from __future__ import annotations

import re

import pytest

from ingest.embedders.catalogue import DEFAULT, KNOWN, find
from ingest.embedders.hub import is_commit


def test_models_we_know_are_known_to_the_byte() -> None:
    for model in KNOWN:
        assert is_commit(model.revision)
        assert {"model.onnx", "tokenizer.json"} == {one.name for one in model.files}
        for one in model.files:
            assert one.size
            assert re.fullmatch("[0-9a-f]{64}", one.sha256 or "")
        assert model.languages
        assert model.licence
    assert DEFAULT.profile.query_prefix == "query: "
    assert DEFAULT.profile.passage_prefix == "passage: "
    assert DEFAULT.size == 487_351_240


def test_they_are_found_by_their_names_in_any_case() -> None:
    assert find("Multilingual-E5-small") is DEFAULT
    assert find("intfloat/multilingual-e5-small") is DEFAULT
    assert find("all-minilm-l6-v2") is KNOWN[1]


def test_any_other_is_a_repository_of_which_nothing_is_known_yet() -> None:
    model = find("owner/some-model")
    assert model is not None
    assert (model.name, model.repository, model.revision) == (
        "some-model",
        "owner/some-model",
        "main",
    )
    assert model.size is None
    other = find("intfloat/multilingual-e5-small", revision="refs-1")
    assert other is not None
    assert (other.revision, other.size) == ("refs-1", None)


@pytest.mark.parametrize(
    "name", ["", "tiny", "../..", "a/..", "a/.b", "a/b/c", "a/b?c", "a/b\n", "a//b"]
)
def test_what_can_be_neither_is_none(name: str) -> None:
    assert find(name) is None


@pytest.mark.parametrize("revision", ["", "..", "a/b", "x y"])
def test_a_revision_is_one_word(revision: str) -> None:
    assert (find("a/b", revision=revision) is None) == bool(revision)
