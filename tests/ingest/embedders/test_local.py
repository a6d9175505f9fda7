from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.embedders.local import open_folder
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
