"""The shared document and its protocols. Pure: no I/O, no clock, no randomness, no logging."""
