"""Hands SIGTERM and Ctrl-C to a run, and lets neither cut its last records in two.

Python runs a signal's handler in the main thread between any two bytecodes, so an exception that is raised there may
strike anywhere, also between taking a result and writing it down. While a run's nodes are walked over, a signal is
therefore told to the run, which stops at a place of its own choice.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["Terminated", "send_to_main_thread", "stop_signals_raise", "stop_signals_told", "stop_signals_wait"]

_HANDLED_WITHIN = 10.0  # s, after which a main thread that is inside of native code is waited for no longer
_LOOK_EVERY = 0.001  # s

_handled = 0  # how many signals were handled here so far


class Terminated(KeyboardInterrupt):
    """The run was stopped by a signal other than that of Ctrl-C.

    Attributes:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"stopped by {signal.Signals(number).name}")


@contextmanager
def stop_signals_raise() -> Iterator[None]:
    """While the block runs, SIGTERM raises KeyboardInterrupt in the main thread, as SIGINT does by default.

    Python delivers signals to the main thread only; in any other thread this changes nothing.
    """
    with _handled_by(_raise, [signal.SIGTERM]):
        yield


@contextmanager
def stop_signals_told(tell: Callable[[KeyboardInterrupt], None]) -> Iterator[None]:
    """While the block runs, SIGTERM and SIGINT are told instead of raised.

    A handler of SIGINT that somebody else has set is left alone. In any other thread than the main one this changes
    nothing.

    Args:
        tell: called between any two bytecodes of the main thread, so it must not wait for anything.
    """
    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with _handled_by(tell, [signal.SIGTERM, signal.SIGINT] if is_ours else [signal.SIGTERM]):
        yield


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
            _put_back(number, handler)
        for received in dict.fromkeys(came):
            signal.raise_signal(received)


def send_to_main_thread(number: int) -> None:
    """Send this process a signal; returns when a handler of ours has run, or when that takes too long."""
    before, deadline = _handled, time.monotonic() + _HANDLED_WITHIN
    signal.pthread_kill(threading.main_thread().ident or 0, number)
    while _handled == before and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)


@contextmanager
def _handled_by(take: Callable[[KeyboardInterrupt], None], numbers: Sequence[int]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _: FrameType | None) -> None:
        global _handled
        try:
            take(_stop_by(number))
        finally:
            _handled += 1

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            _put_back(number, handler)


def _put_back(number: int, handler: Any) -> None:
    # None stands for a handler that was not set from Python and cannot be put back from here.
    signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _stop_by(number: int) -> KeyboardInterrupt:
    """What a notebook's front end knows as an interruption is that and nothing derived from it."""
    return KeyboardInterrupt("stopped by Ctrl-C") if number == signal.SIGINT else Terminated(number)


def _raise(stop: KeyboardInterrupt) -> None:
    raise stop
