"""A bundle with everything in it, hostile words included."""

from __future__ import annotations

from typing import Any

HOSTILE = '#import "/etc/passwd" $x$ *b* _i_ <w:p/> `c` [l](x) \\ @ref //c \x07 \u202e ” {{x}} =1+1'


def bundle(*, agreed: bool = True, sentences: int = 3) -> dict[str, Any]:
    """Return a bundle as `ai.bundle.make` makes them."""
    blocks = [
        {"kind": "heading", "level": 2, "spans": [{"text": "Our harbour"}]},
        {"kind": "paragraph", "spans": [{"text": "We build "}, {"text": "quietly", "bold": True}]},
        {"kind": "paragraph", "spans": [{"text": HOSTILE}]},
        {"kind": "bullet", "spans": [{"text": "Größe, 日本, 🎉"}]},
        {"kind": "ordered", "spans": [{"text": "First."}]},
        {"kind": "ordered", "level": 1, "spans": [{"text": "Below.", "italic": True}]},
        {"kind": "ordered", "spans": [{"text": "Second."}]},
        {"kind": "quote", "spans": [{"text": "Said so.", "link": "javascript:alert(1)"}]},
        {"kind": "paragraph", "spans": []},
    ]
    rule = {
        "kind": "k_of_n", "per": "delegation", "approvals": 2, "quorum": 3, "minutes": None,
        "facilitators": False,
    }  # fmt: skip
    return {
        "format": "accord-audit-1",
        "made_at": "2026-03-01T12:00:00+00:00",
        "accord": "0.1.0",
        "session": {
            "title": f"Harbour {HOSTILE}",
            "question": "How should it grow?",
            "type": "other",
            "phase": "agreed" if agreed else "refining",
            "created_at": "2026-02-01T12:00:00+00:00",
            "people": 4,
            "gave": 3,
            "inputs": 7,
            "facilitator_reads_inputs": False,
        },
        "statement": {"blocks": blocks, "text_hash": "a" * 64, "agreed": agreed},
        "sentences": [
            {
                "text": f"Sentence {at}. {HOSTILE}",
                "standing": "sourced",
                "suggestion": "s",
                "sources": [
                    {"citation": "c", "quote": f"quote {at}", "author": None},
                    {"citation": "d", "quote": None, "author": None},
                ],
                "unquoted": 1,
                "unsupported_numbers": ["12"],
            }
            for at in range(sentences)
        ],
        "measures": {"groundedness": 0.5, "coverage": 0.75, "weakest": None, "uncited": 2},
        "polls": [
            {
                "number": 1,
                "text_hash": "a" * 64,
                "rule": rule,
                "secret": True,
                "opened_at": "2026-03-01T10:00:00+00:00",
                "closes_at": None,
                "ended_at": "2026-03-01T11:00:00+00:00",
                "outcome": "agreed" if agreed else "void",
                "voices": {"approve": 2, "object": 1, "abstain": 0, "of": 3},
            }
        ],
        "rounds": [
            {
                "number": 1,
                "candidates": [{"id": "x", "author": "A", "style": "brief", "text": "We."}],
                "result": {
                    "winner": "x", "cast": 2, "asked": 3, "predicted": 1, "lots": True,
                },
            },
            {"number": 2, "candidates": [], "result": None},
        ],
        "dissents": [{"text": f"No. {HOSTILE}", "author": "Ana", "written_at": "2026-03-01"}],
        "runs": [{"model": None, "mode": "extractive"}],
    }  # fmt: skip
