"""The embedding model that the settings ask for, or what is missing for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from ingest.embedders.download import downloaded
from ingest.embedders.hosted import OPENAI_URL, VOYAGE_URL, HostedEmbedder
from ingest.embedders.local import check_folder, open_folder
from ingest.embedding import Embedder
from ingest.errors import EmbeddingFailed
from web.settings import Settings, SettingsError

T = TypeVar("T")


async def make_embedder(settings: Settings) -> Embedder | None:
    """
    Return the embedding model, None for search by words.

    Raises:
        SettingsError: If something that it needs is not set, or the folder holds none.
    """
    if settings.embeddings == "none":
        return None
    if settings.embeddings == "local":
        return await asyncio.to_thread(_open, local_folder(settings))
    key = settings.embedding_api_key
    default = VOYAGE_URL if settings.embeddings == "voyage" else OPENAI_URL
    return HostedEmbedder(
        settings.embeddings,
        url=settings.embedding_url or default,
        name=_needed(settings.embedding_model, "ACCORD_EMBEDDING_MODEL"),
        key=key.get_secret_value() if key is not None else None,
    )


def local_folder(settings: Settings) -> Path:
    """
    Return the folder of the local model: the one that is set, or that was downloaded.

    Raises:
        SettingsError: If there is none, or it is not clear which; the text says what would do.
    """
    if settings.embedding_folder is not None:
        return settings.embedding_folder
    here = downloaded(settings.models_path)
    if not here:
        raise SettingsError(
            "ACCORD_EMBEDDINGS: there is no model yet; `accord models download` brings one, or "
            "ACCORD_EMBEDDING_FOLDER names a folder of your own"
        )
    names = {one.name.casefold(): one for one in here}
    wanted = settings.embedding_model
    if wanted is None and len(here) == 1:
        return here[0]
    found = names.get((wanted or "").rpartition("/")[2].casefold())
    if found is None:
        raise SettingsError(
            f"ACCORD_EMBEDDING_MODEL: must be one of {', '.join(one.name for one in here)} "
            f"(of {settings.models_path})"
        )
    return found


def check_model(settings: Settings) -> None:
    """
    Check what can be said of the embedding model without opening it, so that a start fails in one line.

    Raises:
        SettingsError: If it cannot be used.
    """
    if settings.embeddings == "local":
        folder = local_folder(settings)
        try:
            check_folder(folder)
        except EmbeddingFailed as exc:
            raise SettingsError(f"ACCORD_EMBEDDINGS: {exc}") from exc
    elif settings.embeddings != "none":
        _needed(settings.embedding_model, "ACCORD_EMBEDDING_MODEL")


def _open(folder: Path) -> Embedder:
    try:
        return open_folder(folder)
    except EmbeddingFailed as exc:
        raise SettingsError(f"ACCORD_EMBEDDINGS: {exc}") from exc


def _needed(value: T | None, name: str) -> T:
    if value is None:
        raise SettingsError(f"{name}: must be set for ACCORD_EMBEDDINGS as it is")
    return value
