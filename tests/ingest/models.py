"""A small embedding model made by code: real files for the real runtime, and vectors whose meaning we know."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

#: Words of one row mean the same.
MEANINGS = (
    ("harbour", "port", "haven", "港"),
    ("ship", "boat", "vessel"),
    ("money", "budget", "funds"),
    ("train", "railway"),
    ("quiet", "calm", "silent"),
)
DIM = 8


def make_model(folder: Path, **files: dict[str, Any]) -> Path:
    """Write a model; `files`: further JSON files by their names without the ending, ``__`` for a folder."""
    onnx: Any = import_module("onnx")
    tokenizers: Any = import_module("tokenizers")
    words = ["[PAD]", "[UNK]", *(word for row in MEANINGS for word in row)]
    table = np.full((len(words), DIM), 0.01, np.float32)
    for meaning, row in enumerate(MEANINGS):
        for word in row:
            table[words.index(word), meaning] = 1.0
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(4)  # as many files have it; it must not cut
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    helper = onnx.helper
    integers, floats = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "words",
        [
            helper.make_tensor_value_info(name, integers, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("last_hidden_state", floats, ["batch", "length", DIM])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    for name, value in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))
    return folder
