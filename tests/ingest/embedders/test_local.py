from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.embedders import local
from ingest.embedders.local import open_folder
from ingest.embedders.profiles import FileFacts, Profile, digest, write_profile
from ingest.embedding import Purpose
from ingest.errors import EmbeddingFailed
from tests.ingest.models import DIM, make_model


async def test_what_means_the_same_is_near(tmp_path: Path) -> None:
    model = open_folder(make_model(tmp_path / "tiny"))
    texts = ["The harbour", "A port", "Railway"]
    one, two, three = await model.embed(texts, Purpose.PASSAGE)
    assert one @ two > 0.99 > 0.5 > one @ three
    assert np.allclose(np.linalg.norm([one, two, three], axis=1), 1)
    assert (model.dim, one.dtype) == (DIM, np.float32)


async def test_a_text_has_the_same_vector_alone_and_among_longer_ones(tmp_path: Path) -> None:
    model = open_folder(make_model(tmp_path / "tiny"))
    texts = ["harbour", "harbour ship money train quiet " * 20] * 40
    together = await model.embed(texts, Purpose.PASSAGE)
    alone = await model.embed(["harbour"], Purpose.PASSAGE)
    assert np.allclose(together[0], alone[0], atol=1e-6)
    assert together.shape == (80, DIM)


async def test_no_text_is_no_vector(tmp_path: Path) -> None:
    model = open_folder(make_model(tmp_path / "tiny"))
    assert (await model.embed([], Purpose.PASSAGE)).shape == (0, DIM)


def test_tokens_are_counted_whole_whatever_the_file_says(tmp_path: Path) -> None:
    model = open_folder(make_model(tmp_path / "tiny"))
    assert model.count(["harbour " * 100, "ship"]) == [100, 1]


async def test_what_the_folder_says_of_itself_counts(tmp_path: Path) -> None:
    model = open_folder(
        make_model(
            tmp_path / "e5",
            sentence_bert_config={"max_seq_length": 2},
            config_sentence_transformers={"prompts": {"query": "ship ", "passage": "money "}},
        )
    )
    assert model.max_tokens == 2
    query = await model.embed(["harbour train train"], Purpose.QUERY)
    passage = await model.embed(["harbour"], Purpose.PASSAGE)
    assert query[0] @ passage[0] < 0.9
    first = open_folder(
        make_model(tmp_path / "cls", **{"1_Pooling__config": {"pooling_mode_cls_token": True}})
    )
    one, two = await first.embed(["harbour train", "harbour ship"], Purpose.PASSAGE)
    assert one @ two > 0.99


async def test_what_we_say_of_a_model_wins_over_what_its_folder_says(tmp_path: Path) -> None:
    folder = make_model(
        tmp_path / "e5",
        sentence_bert_config={"max_seq_length": 2},
        config_sentence_transformers={"prompts": {"query": "train "}},
        **{"1_Pooling__config": {"pooling_mode_cls_token": True}},
    )
    profile = Profile("ship ", "money ", "mean", 64)
    write_profile(folder, profile)
    model = open_folder(folder)
    assert model.max_tokens == 64
    (query,) = await model.embed(["harbour"], Purpose.QUERY)
    (passage,) = await model.embed(["harbour"], Purpose.PASSAGE)
    (bare,) = await open_folder(make_model(tmp_path / "bare")).embed(
        ["ship harbour"], Purpose.QUERY
    )
    assert np.allclose(query, bare)
    assert query @ passage < 0.9
    write_profile(folder, replace(profile, pooling="first"))
    (first,) = await open_folder(folder).embed(["harbour"], Purpose.QUERY)
    (ship,) = await open_folder(make_model(tmp_path / "bare")).embed(["ship"], Purpose.QUERY)
    assert np.allclose(first, ship)


async def test_an_empty_prefix_is_one_that_is_said(tmp_path: Path) -> None:
    folder = make_model(
        tmp_path / "a", config_sentence_transformers={"prompts": {"query": "ship "}}
    )
    (before,) = await open_folder(folder).embed(["harbour"], Purpose.QUERY)
    write_profile(folder, Profile(query_prefix=""))
    (after,) = await open_folder(folder).embed(["harbour"], Purpose.QUERY)
    assert before @ after < 0.9


def test_vectors_of_another_use_are_not_compared(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny")
    names = {open_folder(folder).model}
    for profile in (Profile("query: "), Profile(pooling="first"), Profile("query: ", "passage: ")):
        write_profile(folder, profile)
        names.add(open_folder(folder).model)
    assert len(names) == 4
    assert len({name[: len("local/tiny@") + 12] for name in names}) == 1


def test_a_file_that_is_not_what_was_downloaded_is_not_used(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny")
    facts = {
        name: FileFacts((folder / name).stat().st_size, digest(folder / name))
        for name in ("model.onnx", "tokenizer.json")
    }
    write_profile(folder, Profile(files=facts))
    open_folder(folder)
    (folder / "tokenizer.json").write_text((folder / "tokenizer.json").read_text() + " ")
    with pytest.raises(EmbeddingFailed, match="not the file that was downloaded"):
        open_folder(folder)


def test_what_runs_it_is_named_if_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model(tmp_path / "tiny")
    monkeypatch.setattr(local, "find_spec", lambda name: None)
    with pytest.raises(EmbeddingFailed, match=r"onnxruntime: install accord\[embeddings\]"):
        open_folder(folder)


def test_a_model_is_known_by_its_name_and_its_bytes(tmp_path: Path) -> None:
    one = open_folder(make_model(tmp_path / "tiny"))
    make_model(tmp_path / "other" / "tiny")
    (tmp_path / "other" / "tiny" / "model.onnx").write_bytes(
        (tmp_path / "tiny" / "model.onnx").read_bytes()
    )
    other = open_folder(tmp_path / "other" / "tiny")
    assert one.model == other.model
    assert one.model.startswith("local/tiny@")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("tokenizer.json", "tokenizer.json is missing"),
        ("model.onnx", "model.onnx is missing"),
    ],
)
def test_a_folder_without_a_model_is_told(tmp_path: Path, broken: str, words: str) -> None:
    folder = make_model(tmp_path / "tiny")
    (folder / broken).unlink()
    with pytest.raises(EmbeddingFailed, match=words):
        open_folder(folder)
    (folder / broken).write_bytes(b"nonsense")
    with pytest.raises(EmbeddingFailed, match="cannot be opened"):
        open_folder(folder)
