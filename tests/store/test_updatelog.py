from __future__ import annotations

from store.testing import UpdateLogContract


class TestUpdateLog(UpdateLogContract):
    """The contract, on every database."""
