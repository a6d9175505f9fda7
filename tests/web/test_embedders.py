"""`web.embedders`: the model the settings ask for, or what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness import make_settings
from tests.ingest.models import make_model
from web import embedders
from web.settings import SettingsError


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"embeddings": "local"},
            "ACCORD_EMBEDDINGS: there is no model yet; `accord models download`",
        ),
        ({"embeddings": "voyage"}, "ACCORD_EMBEDDING_MODEL: must be set"),
        ({"embeddings": "openai"}, "ACCORD_EMBEDDING_MODEL: must be set"),
        (
            {"embeddings": "local", "embedding_folder": Path("/nowhere")},
            "ACCORD_EMBEDDINGS: .*tokenizer.json is missing",
        ),
    ],
)
async def test_what_is_missing_for_a_model_stops_the_start(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        await embedders.make_embedder(make_settings(tmp_path, **changes))
    with pytest.raises(SettingsError, match=words):
        embedders.check_model(make_settings(tmp_path, **changes))


def test_one_downloaded_model_is_used_and_of_several_the_named_one(tmp_path: Path) -> None:
    def local(**changes: Any) -> str:
        return embedders.local_folder(make_settings(tmp_path, embeddings="local", **changes)).name

    (tmp_path / "models" / ".half.part").mkdir(parents=True)
    make_model(tmp_path / "models" / "tiny")
    assert local() == "tiny"
    with pytest.raises(SettingsError, match="ACCORD_EMBEDDING_MODEL: must be one of tiny"):
        local(embedding_model="half.part")
    make_model(tmp_path / "models" / "Other-2")
    with pytest.raises(SettingsError, match="must be one of Other-2, tiny"):
        local()
    assert local(embedding_model="other-2") == "Other-2"
    assert local(embedding_model="owner/tiny") == "tiny"
    assert local(embedding_folder=tmp_path / "own") == "own"
    for name in ("", "..", "../models/tiny/..", "none"):
        with pytest.raises(SettingsError, match="must be one of"):
            local(embedding_model=name)
    embedders.check_model(make_settings(tmp_path, embeddings="local", embedding_model="tiny"))


async def test_the_model_that_is_asked_for_is_made(tmp_path: Path) -> None:
    assert await embedders.make_embedder(make_settings(tmp_path)) is None
    folder = make_model(tmp_path / "tiny")
    for changes, model in (
        ({"embeddings": "local", "embedding_folder": folder}, "local/tiny@"),
        ({"embeddings": "voyage", "embedding_model": "voyage-4"}, "voyage/voyage-4"),
        ({"embeddings": "openai", "embedding_model": "m"}, "openai/m"),
    ):
        made = await embedders.make_embedder(make_settings(tmp_path, **changes))
        assert made is not None
        assert made.model.startswith(model)
        await made.close()
