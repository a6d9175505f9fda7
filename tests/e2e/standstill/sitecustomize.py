"""In the server's process of a test: SIGUSR1 makes it stand still, with the interpreter held, as the engine could."""

import signal


def _stand_still(*_: object) -> None:
    sum(range(10**15))


signal.signal(signal.SIGUSR1, _stand_still)
