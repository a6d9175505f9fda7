"""`rooms.trial` without the strict reader: stands for a poison that no reader knows yet."""

from __future__ import annotations

import sys

from collab.accepted import Accepted
from rooms import trial


def main() -> int:
    vars(trial)["read_update"] = lambda data: None
    vars(trial)["Accepted"] = type("Blind", (Accepted,), {"absorb": lambda self, data: None})
    return trial.main()


if __name__ == "__main__":
    sys.exit(main())
