"""
A stand-in for Claude on this machine: for tests, demonstrations and looking at every failure.

It speaks the Messages API well enough that the real SDK is used unmodified against it. It does not think: its drafts
are made from the sentences it is given. What it does wrong on demand stands in `ai.devllm.faults`.
"""
