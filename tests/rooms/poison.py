"""Updates that harm pycrdt 0.14: K1, K5 and K10 of the list in `docs/safety.md`."""

from __future__ import annotations

#: K1: arrays in arrays in arrays. Applying it overflows the stack: the process ends.
DEEP = b"\x01\x01\x05\x00\x28\x01\x01m\x01k\x01" + b"\x75\x01" * 40_000 + b"\x7e\x00"

#: K5: an item that is its own parent. Applying it panics.
SELF_PARENT = bytes.fromhex("0102c197fd820ac197fd820a00060400c197fd820a020568656c6c6f00")

#: K10: an XML element in a map. It can be applied; the map can never be read again.
UNREADABLE = b"\x01\x01\x37\x00\x27\x01\x0bsuggestions\x01x\x03\x01p\x00"
