from __future__ import annotations

import re
from datetime import UTC

from store.ids import fingerprint, new_id, new_secret, now


def test_an_id_is_128_bits_that_are_safe_in_a_url() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in ids)


def test_a_secret_is_256_bits_that_are_safe_in_a_url() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in secrets)


def test_a_fingerprint_is_the_same_for_the_same_secret_and_does_not_hold_it() -> None:
    assert fingerprint("a secret") == fingerprint("a secret")
    assert fingerprint("a secret") != fingerprint("b secret")
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint("ключ"))


def test_the_time_of_rows_has_a_zone() -> None:
    assert now().tzinfo is UTC
