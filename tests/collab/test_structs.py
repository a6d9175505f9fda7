from __future__ import annotations

import random
from typing import Any

import pytest
from pycrdt import Doc, Map, get_state

from collab.errors import CollabError, ProtocolError, TooLarge, Unsupported
from collab.structs import (
    MAX_DEPTH,
    check_json,
    read_state_vector,
    read_update,
    utf16_length,
    write_state_vector,
    write_update,
)
from collab.wire import write_var_uint
from tests.collab.peers import Peer, histories
from tests.work import at_most


def nested_value(depth: int) -> bytes:
    """An update that sets a map's key to arrays in arrays."""
    return b"\x01\x01\x05\x00\x28\x01\x01m\x01k\x01" + b"\x75\x01" * depth + b"\x7e\x00"


def test_every_update_of_real_clients_is_read() -> None:
    read = [read_update(update) for one in histories() for update in one.updates]
    assert len(read) > 300


def test_what_is_read_agrees_with_the_engine() -> None:
    for one in histories():
        clocks = {block.client: block.end for block in read_update(one.state).blocks}
        assert clocks == read_state_vector(get_state(one.state))


def test_an_update_can_be_written_again_from_what_was_read() -> None:
    for one in histories():
        update = read_update(one.state)
        blocks = [
            (
                block.client,
                block.clock,
                len(block.structs),
                one.state[block.structs[0].start : block.structs[-1].end],
            )
            for block in update.blocks
        ]
        assert write_update(blocks, update.deletes) == one.state


def test_a_state_vector_reads_back_as_it_was_written() -> None:
    clocks = {1: 0, 2**53 - 1: 2**31 - 1, 7: 300}
    assert read_state_vector(write_state_vector(clocks)) == clocks


def test_mutants_of_real_updates_raise_nothing_but_errors_of_ours() -> None:
    rng = random.Random(1)
    updates = [update for one in histories() for update in one.updates]
    for _ in range(20_000):
        data = bytearray(rng.choice(updates))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at:]
                case 2:
                    data[at:at] = rng.randbytes(rng.randrange(1, 9))
                case _:
                    data[at] = 0xFF
            if not data:
                break
        try:
            read_update(bytes(data))
        except CollabError:
            continue


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("nothing", b""),
        ("a truncated update", histories()[0].state[:-1]),
        ("bytes after its end", b"\x00\x00\x00"),
        ("2**28 clients announced", b"\x80\x80\x80\x80\x01"),
        ("an endless number", b"\xff" * 100_000),
        ("a client named twice", b"\x02" + b"\x01\x05\x00\x04\x01\x01t\x01a" * 2 + b"\x00"),
        ("a client without structs", b"\x01\x00\x05\x00\x00"),
        ("empty text", b"\x01\x01\x05\x00\x04\x01\x01t\x00\x00"),
        ("a struct of length 0", b"\x01\x01\x05\x00\x00\x00\x00"),
        ("a flag where there is none", b"\x01\x01\x05\x00\x80\x01\x00"),
        ("half a surrogate pair", b"\x01\x01\x05\x00\x05\x01\x01t\x08" + b'"\\ud83d"' + b"\x00"),
        ("text that is not UTF-8", b"\x01\x01\x05\x00\x04\x01\x01t\x02\xc3\x28\x00"),
        ("NaN as JSON", b"\x01\x01\x05\x00\x05\x01\x01t\x03NaN\x00"),
        ("unknown content", b"\x01\x01\x05\x00\x0b\x01\x01t\x00\x00"),
        ("unknown value tag", b"\x01\x01\x05\x00\x08\x01\x01t\x01\x01\x00"),
        ("a clock over 2**31", b"\x01\x01\x05\xff\xff\xff\xff\x0f\x04\x01\x01t\x01a\x00"),
        ("a deletion of nothing", b"\x00\x01\x05\x01\x00\x00"),
        ("values nested too deeply", nested_value(MAX_DEPTH + 1)),
        # Found by fuzzing pycrdt: each of these ends its process or poisons the document.
        ("K1: a stack overflow", nested_value(26_000)),
        ("K5: an own parent", bytes.fromhex("0102c197fd820ac197fd820a00060400c197fd820a020568656c6c6f00")),
        ("K6: absurd clocks", bytes.fromhex("010ddeadd3e00fffffffff0f2801016d")),
    ],
)  # fmt: skip
def test_an_update_that_could_harm_is_refused_before_the_engine(what: str, data: bytes) -> None:
    with at_most(1), pytest.raises(ProtocolError):
        read_update(data)


def test_a_value_at_the_depth_limit_is_read() -> None:
    read_update(nested_value(MAX_DEPTH))


def test_sub_documents_are_not_supported() -> None:
    doc: Doc[Map[Any]] = Doc()
    sub: Doc[Any] = Doc()
    doc["m"] = Map({"d": sub})
    with pytest.raises(Unsupported):
        read_update(doc.get_update())


def test_an_update_in_the_second_encoding_is_refused() -> None:
    # The engine takes such bytes for an update that holds nothing, and says nothing.
    second = bytes.fromhex("000003e3f18a0d000000010501000674657874686904010001010000")
    with pytest.raises(ProtocolError):
        read_update(second)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01\x05", b"\x02\x05\x01\x05\x01", b"\x00\x00", b"\x80\x80\x80\x80\x01"],
)
def test_a_state_vector_that_is_no_such_thing_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_state_vector(data)


def test_lengths_are_counted_as_javascript_counts() -> None:
    assert utf16_length("aé漢😀") == 5


def test_text_of_astral_characters_has_the_clock_of_its_code_units() -> None:
    (block,) = read_update(Peer(9, seeded=False).edit(lambda p: p.text.insert(0, "😀a"))).blocks
    assert (block.clock, block.end) == (0, 3)


def test_json_deeper_than_its_limit_is_refused() -> None:
    assert check_json("[[1]]", max_depth=2) == [[1]]
    with pytest.raises(ProtocolError):
        check_json("[[[1]]]", max_depth=2)
    with pytest.raises(ProtocolError):
        check_json("[" * 200_000)


def test_numbers_are_not_read_past_eight_bytes() -> None:
    with pytest.raises(ProtocolError):
        read_update(write_var_uint(1) + b"\x80" * 9 + b"\x01")


def _many(client: int, clock: int, number: int, rest: bytes = b"") -> bytes:
    """An update of deleted letters, two bytes each, and of whatever comes behind them."""
    head = b"".join(map(write_var_uint, (1, number, client, clock)))
    return head + b"\x00\x01" * number + (rest or b"\x00")


def test_reading_ends_where_more_is_new_than_may_be() -> None:
    assert len(read_update(_many(7, 0, 50), {}, 100).blocks[0].structs) == 50
    with pytest.raises(TooLarge) as refused:
        read_update(_many(7, 0, 51, rest=b"\xff" * 99), {}, 100)  # what is behind is not looked at
    assert refused.value.limit == 100


def test_what_is_known_does_not_count_as_new() -> None:
    update = _many(7, 10, 60)
    assert read_update(update, {7: 20}, 100).blocks[0].client == 7
    with pytest.raises(TooLarge):
        read_update(update, {7: 19}, 100)
    partly = _many(7, 0, 1)[:-3] + b"\x00\x09\x00"  # one struct, of nine letters
    assert read_update(partly, {7: 9}, 1).blocks[0].end == 9
    with pytest.raises(TooLarge):
        read_update(partly, {7: 8}, 1)
    with pytest.raises(TooLarge):
        read_update(update, {8: 20}, 100)
