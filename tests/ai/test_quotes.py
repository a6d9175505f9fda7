from __future__ import annotations

import pytest

from ai.quotes import Source, Withheld, find
from tests.work import at_most

INPUT = "The harbour needs a quiet basin. It’s the “small boats” that suffer — not the ferries."


@pytest.mark.parametrize(
    "quote",
    [
        "The harbour needs a quiet basin.",
        "needs a quiet basin",
        "the harbour needs a",  # the first letter, as in the middle of a sentence
        "“needs a quiet basin”",
        'It\'s the "small boats" that suffer - not the ferries.',
        "needs  a\nquiet basin",
        "needs a qu\u200biet basin",
        "\u202eneeds a quiet basin\u202c",
    ],
)
def test_words_that_stand_there_are_found(quote: str) -> None:
    found = find(quote, INPUT)
    assert found is not None
    assert found.text == INPUT[found.start : found.end]


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "   ",
        "“”",
        "The harbour needs a noisy basin",
        "harbour a quiet basin",  # a word left out
        "needs a quiet basin It's the",  # a full stop left out
        "NEEDS A QUIET BASIN",
        "a quiet",  # too little
        "basin",
        "eeds a quiet basin",  # begins inside a word
        "needs a quiet bas",
        "basin quiet a needs",
        "The harbour needs a quiet basin. And more.",
    ],
)
def test_words_that_do_not_are_not(quote: str) -> None:
    assert find(quote, INPUT) is None


def test_all_of_a_short_input_is_enough() -> None:
    assert find("Buses!", "Buses!") is not None
    assert find("buses", "Buses!") is not None


@pytest.mark.parametrize(
    ("text", "quote", "good"),
    [
        ("我们认为应该优先发展公共交通。", "应该优先发展公共", True),
        ("我们认为应该优先发展公共交通。", "应该", False),
        ("私たちは静かな港が必要です。", "静かな港が必要", True),
        ("เราต้องการท่าเรือที่เงียบสงบ", "ต้องการท่าเรือที่", True),
        ("Für alle Bürger fährt der Bus.", "Bürger fährt der", True),
        ("Für alle Bürger fährt der Bus.", "für", False),
        ("Für alle Bürger fährt der Bus.", "ür alle Bürger fährt", False),
        ("Мы хотим тихую гавань.", "и", False),
        ("Мы хотим тихую гавань.", "хотим тихую гавань", True),
        ("हमें एक शांत बंदरगाह चाहिए।", "एक शांत बंदरगाह", True),
        ("हमें एक शांत बंदरगाह चाहिए।", "एक शांत बंदर", False),
        ("We want 🎉 in town.", "🎉", False),
        ("Wir sagen: ½ der Straße ist genug.", "½ der Straße ist", True),
        ("The café ﬁnds room for us.", "cafe\u0301 finds room for", True),
        ("The cafe\u0301 finds room.", "The café finds", True),
    ],
)
def test_every_script_has_its_words(text: str, quote: str, good: bool) -> None:
    found = find(quote, text)
    assert (found is not None) == good
    if found is not None:
        assert text[found.start : found.end] == found.text
        assert len(found.text) >= len(quote) - 2


def test_what_is_hidden_in_an_input_does_not_hide_it() -> None:
    text = "No\u200bbody \u202ewants\u202c this\u00ad here."
    found = find("Nobody wants this here", text)
    assert found is not None
    assert text[found.start : found.end].startswith("No")


def test_a_mark_that_belongs_to_the_last_letter_is_shown_with_it() -> None:
    text = "we all want a cafe\u0301"
    found = find("want a café", text)
    assert found is not None
    assert found.text == "want a cafe\u0301"


def test_the_right_one_of_two_places_is_found() -> None:
    found = find("the bus stops", "the bus stopscreen; the bus stops here")
    assert found is not None
    assert found.start == 20


def test_a_huge_input_is_searched_in_no_time() -> None:
    source = Source("We want é quiet basins and more of them. " * 500)
    with at_most(2):
        for _ in range(200):
            assert source.find("nobody ever said this here") is None


SECRET = "My firm is going to close the yard next spring, and nobody knows."


@pytest.mark.parametrize(
    "sentence",
    [
        SECRET,
        "It was said that a firm is going to close the yard.",
        "IS GOING TO CLOSE THE YARD",
        "is going—to close, the “yard”",
        "is go\u200cing to close the yard",
        "is go\u200bing to clo\u00adse the yard",
        "ｉｓ going to close the yard",
    ],
)
def test_more_than_five_words_in_a_row_are_too_many(sentence: str) -> None:
    assert Withheld([SECRET]).is_repeated_in(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["", "going to close the yard", "The yard is going to close next spring.", "Buses first."],
)
def test_five_are_not(sentence: str) -> None:
    assert not Withheld([SECRET]).is_repeated_in(sentence)


def test_a_short_text_may_not_be_repeated_whole() -> None:
    withheld = Withheld(["I was fired.", "Buses!"])
    assert withheld.is_repeated_in("One says: I was fired, and more.")
    assert not withheld.is_repeated_in("One was fired.")
    assert not withheld.is_repeated_in("Buses run.")


def test_scripts_without_spaces_are_not_one_long_word() -> None:
    withheld = Withheld(["我们公司明年春天要关闭船厂,没有人知道这件事。"])
    assert withheld.is_repeated_in("有人说公司明年春天要关闭船厂的事。")
    assert not withheld.is_repeated_in("船厂明年很重要。")


def test_what_everybody_may_read_is_no_secret() -> None:
    public = "The firm is going to close the yard."
    withheld = Withheld([SECRET, "I was fired."], public=[public, "Ana: I was fired."])
    assert not withheld.is_repeated_in(public)
    assert not withheld.is_repeated_in("I was fired.")
    assert withheld.is_repeated_in("to close the yard next spring")
