"""
Errors of the store.

* StoreError
    * NotFound         no such row, or none the asker may see
    * Conflict         somebody else was first; `reason` is a word a program can switch on
    * LogUnavailable   an update could not be written: nobody was shown it, it is not acknowledged
    * FilesUnavailable the store of files does not answer, or not as it should
    * FileBusy         a database file could not be written anew, somebody reads it all the time
    * LinkRefused      an address this server has signed is not good, or not any more; nobody is told which
    * DataDamaged      what is stored cannot be read back; never treated as "nothing there"
    * SchemaOutdated   the database was written by a newer Accord, or is no database of ours at all
"""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """Base of every error raised by `store`."""


class NotFound(StoreError):
    """There is no such row. `what` names the noun."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class Conflict(StoreError):
    """The change does not fit what is there now."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LogUnavailable(StoreError):
    """The update log did not take a batch; the cause is chained."""


class FilesUnavailable(StoreError):
    """The store of files cannot be used; the cause is chained."""


class FileBusy(StoreError):
    """A database file was not written anew to its end: somebody was reading it. Trying again helps."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is being read")


class LinkRefused(StoreError):
    """An address of a file is not one of ours, or not good any more."""


class DataDamaged(StoreError):
    """A stored document cannot be read back."""


class SchemaOutdated(StoreError):
    """The database schema is not the one this program was written for."""
