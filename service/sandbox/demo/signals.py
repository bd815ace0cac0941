"""How the demo hears that it should stop, and when it does not listen."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_to_stop() -> Iterator[None]:
    """SIGTERM and SIGHUP stop the demo as Ctrl-C does: with everything it started. `nohup` is obeyed."""

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    heard = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
    with _handling(stop, *heard):
        yield


@contextmanager
def not_to_be_stopped() -> Iterator[None]:
    """A second Ctrl-C must leave no process behind: stopping has a longest wait of its own."""
    with _handling(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield


@contextmanager
def _handling(handler: signal.Handlers | Callable[[int, FrameType | None], None], *numbers: int) -> Iterator[None]:
    earlier = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, before in earlier.items():
            signal.signal(number, before)
