from __future__ import annotations

import pytest

from ai.devllm.wording import as_statement, quote_of


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("I think that buses come first", "Buses come first."),
        ("we really hope trams stay!", "Trams stay!"),
        ("Ich will Busse.", "Ich will Busse."),
        ("公共交通优先。", "公共交通优先。"),
    ],
)
def test_an_opinion_becomes_a_statement(sentence: str, statement: str) -> None:
    assert as_statement(sentence) == statement


def test_a_quote_is_the_beginning() -> None:
    assert quote_of("one " * 40) == ("one " * 24).strip()
    assert len(quote_of("优" * 400)) == 160
