"""Search over 100,000 passages of one session on the embedded database, by words and by meaning; and embedding."""

from __future__ import annotations

import asyncio
import importlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy.orm import Session

from ingest.embedders.local import open_folder
from ingest.embedding import Purpose
from store import documents, passages
from store.documents import BOT, DocumentStatus
from store.passages import NewChunk
from store.search import Meaning, Search
from tests.ai.places import HOST, Place, place

PASSAGES, DOCUMENTS, DIM = 100_000, 100, 384
QUERIES = 200
MODEL = "bench"

WORDS = [
    f"{one}{n}" for one in ("harbour", "ferry", "market", "pier", "basin") for n in range(2000)
]

Row = tuple[str, str, str]


def rows() -> Iterator[Row]:
    """Yield the rows of the table."""
    yield from asyncio.run(_searching())
    yield from asyncio.run(_embedding())


async def _searching() -> list[Row]:
    found = []
    with tempfile.TemporaryDirectory(prefix="accord-finding-") as name:
        async with place(Path(name)) as here:
            await _fill(here)
            search = Search(here.database)
            chance = np.random.default_rng(2)
            meanings = [_unit(chance.standard_normal(DIM)) for _ in range(QUERIES)]
            queries = [" ".join(_words(chance, 4)) for _ in range(QUERIES)]
            before = psutil.Process().memory_info().rss
            started = time.perf_counter()
            await _ask(search, here, queries[0], meanings[0])
            first = time.perf_counter() - started
            grown = psutil.Process().memory_info().rss - before
            times = []
            busy = time.process_time()
            for query, meaning in zip(queries, meanings, strict=True):
                started = time.perf_counter()
                await _ask(search, here, query, meaning)
                times.append(time.perf_counter() - started)
            busy = (time.process_time() - busy) / QUERIES
            middle = statistics.median(times)
            shown = f"{_p95(times) * 1000:.0f} ms (median {middle * 1000:.0f} ms, processor {busy * 1000:.0f} ms)"
            found.append(
                (f"search over {PASSAGES:,} passages, SQLite, p95 of {QUERIES}", shown, "60 ms")
            )
            shown = f"{first:.1f} s, {grown / 2**20:.0f} MiB"
            found.append(("the first one, which reads all vectors", shown, ""))
    return found


async def _ask(search: Search, here: Place, query: str, meaning: Any) -> None:
    found = await search.search(
        here.session, query, viewer=BOT, meaning=Meaning(MODEL, meaning), limit=10
    )
    assert len(found) == 10


async def _fill(here: Place) -> None:
    chance = np.random.default_rng(1)
    each = PASSAGES // DOCUMENTS
    for number in range(DOCUMENTS):
        texts = [" ".join(_words(chance, 60)) for _ in range(each)]
        vectors = chance.standard_normal((each, DIM)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

        def write(
            session: Session, number: int = number, texts: Any = texts, vectors: Any = vectors
        ) -> None:
            row = documents.add(
                session,
                ident=f"document{number}",
                session_id=here.session,
                participant_id=here.people[HOST],
                name=f"{number}.txt",
                size=1,
                sha256="0" * 64,
            )
            anchor = {"kind": "page", "number": 1}
            chunks = [
                NewChunk(at * 1000, at * 1000 + len(text), text, (), (anchor,))
                for at, text in enumerate(texts)
            ]
            passages.add(session, row, chunks)
            made = passages.without_vector(session, row.id, MODEL, each)
            passages.add_vectors(
                session,
                session_id=here.session,
                model=MODEL,
                dim=DIM,
                vectors=[(one.id, vectors[at].tobytes()) for at, one in enumerate(made)],
            )
            documents.advance(session, row.id, status=DocumentStatus.READY.value)

        await here.database.write(write)


async def _embedding() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="accord-embedding-") as name:
        folder = make_mini(Path(name))
        before = psutil.Process().memory_info().rss
        embedder = open_folder(folder)
        texts = [" ".join(f"word{(at * 7 + n) % 997}" for n in range(200)) for at in range(64)]
        await embedder.embed(texts[:2], Purpose.PASSAGE)
        started = time.perf_counter()
        await embedder.embed(texts, Purpose.PASSAGE)
        rate = len(texts) / (time.perf_counter() - started)
        grown = psutil.Process().memory_info().rss - before
        await embedder.close()
    shown = f"{rate:.0f} passages/s, {rate * 200:.0f} tokens/s, {grown / 2**20:.0f} MiB"
    return [("embedding passages of 200 tokens, a model of MiniLM-L6's shape", shown, "stated")]


def make_mini(folder: Path) -> Path:
    """Write a model of the shape of all-MiniLM-L6: six layers, 384 wide, random. It means nothing and costs as much."""
    onnx: Any = importlib.import_module("onnx")
    tokenizers: Any = importlib.import_module("tokenizers")
    chance = np.random.default_rng(3)
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    weights: list[Any] = []
    nodes: list[Any] = []

    def weight(name: str, *shape: int) -> str:
        values = (chance.standard_normal(shape) * 0.02).astype(np.float32)
        weights.append(numpy_helper.from_array(values, name))
        return name

    def const(name: str, values: Any) -> str:
        weights.append(numpy_helper.from_array(np.array(values), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **options: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **options))
        return output

    def dense(x: str, name: str, rows_: int, columns: int) -> str:
        product = node("MatMul", [x, weight(f"{name}.w", rows_, columns)], f"{name}.m")
        return node("Add", [product, weight(f"{name}.b", columns)], f"{name}.a")

    def norm(x: str, name: str) -> str:
        scale = const(f"{name}.s", np.ones(DIM, np.float32))
        shift = const(f"{name}.z", np.zeros(DIM, np.float32))
        return node("LayerNormalization", [x, scale, shift], f"{name}.n", axis=-1)

    split_shape = const("split", np.array([0, 0, 12, 32], np.int64))
    whole_shape = const("whole", np.array([0, 0, DIM], np.int64))
    root = const("root", np.float32(32**0.5))
    x = norm(node("Gather", [weight("words", 30522, DIM), "input_ids"], "embedded"), "first")
    for layer in range(6):
        name = f"l{layer}"
        heads = {}
        for part, order in (("q", (0, 2, 1, 3)), ("k", (0, 2, 3, 1)), ("v", (0, 2, 1, 3))):
            made = dense(x, f"{name}.{part}", DIM, DIM)
            made = node("Reshape", [made, split_shape], f"{name}.{part}.r")
            heads[part] = node("Transpose", [made], f"{name}.{part}.t", perm=order)
        scores = node("MatMul", [heads["q"], heads["k"]], f"{name}.s")
        shares = node("Softmax", [node("Div", [scores, root], f"{name}.d")], f"{name}.p", axis=-1)
        mixed = node("MatMul", [shares, heads["v"]], f"{name}.c")
        mixed = node("Transpose", [mixed], f"{name}.ct", perm=(0, 2, 1, 3))
        mixed = node("Reshape", [mixed, whole_shape], f"{name}.cr")
        x = norm(node("Add", [x, dense(mixed, f"{name}.o", DIM, DIM)], f"{name}.x1"), f"{name}.n1")
        inner = dense(x, f"{name}.f1", DIM, 4 * DIM)
        inner = node("Mul", [inner, node("Sigmoid", [inner], f"{name}.g")], f"{name}.h")
        inner = dense(inner, f"{name}.f2", 4 * DIM, DIM)
        x = norm(node("Add", [x, inner], f"{name}.x2"), f"{name}.n2")
    node("Identity", [x], "last_hidden_state")
    integers, floats = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "mini",
        [
            helper.make_tensor_value_info(one, integers, ["batch", "length"])
            for one in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("last_hidden_state", floats, ["batch", "length", DIM])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(folder / "model.onnx"))
    words = ["[PAD]", "[UNK]", *(f"word{n}" for n in range(997))]
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 512}))
    return folder


def _words(chance: Any, count: int) -> list[str]:
    return [WORDS[at] for at in chance.integers(0, len(WORDS), count)]


def _unit(vector: Any) -> Any:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
