from __future__ import annotations

import re

import pytest

from ai import prompts
from ai.prompts import Template


def test_a_prompt_is_known_by_its_content() -> None:
    template = prompts.load("draft", 1)
    assert re.fullmatch(r"draft@1#[0-9a-f]{12}", template.ident)
    assert "{max_sentences}" in template.text


def test_only_placeholders_are_filled_in() -> None:
    template = Template("test@1#0", 'At most {number}. {"do": "end"} {other}')
    assert template.render(number=3) == 'At most 3. {"do": "end"} {other}'


def test_a_value_nobody_asks_for_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        prompts.load("draft", 1).render(max_sentence=3)


def test_a_version_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        prompts.load("draft", 99)
