"""Makes SIGTERM stop a run the way Ctrl-C does, and lets neither cut the last records of a run in two."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stop_signals_raise", "stop_signals_wait"]


@contextmanager
def stop_signals_raise() -> Iterator[None]:
    """While the block runs, SIGTERM raises KeyboardInterrupt in the main thread, as SIGINT does by default.

    Python delivers signals to the main thread only; in any other thread this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        # None stands for a handler that was not set from Python and cannot be put back from here.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


@contextmanager
def stop_signals_wait() -> Iterator[None]:
    """SIGINT and SIGTERM that come while the block runs are delivered when it has ended, to whoever took them before.

    For blocks that are short. In any other thread than the main one this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda received, _: came.append(received))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for received in dict.fromkeys(came):
            signal.raise_signal(received)


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    raise KeyboardInterrupt(f"stopped by {signal.Signals(number).name}")
