"""Stopping a run from outside (Ctrl-C, SIGTERM) without ever cutting a commit in two.

A worker thread is *interruptible* only while the executor runs. Elsewhere (staging, renaming, writing to the store) it
is left to finish what it does, and stops at the next look at the flag. While it is interruptible, an
:class:`Interrupted` is raised inside it: Python delivers that at the next bytecode, so a call into native code ends
first.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Cancellation", "Interrupted"]

_JUMPS_UNTIL_DELIVERED = 100  # CPython looks at every jump backwards; one would do


class Interrupted(BaseException):
    """The run was stopped. Not an Exception, so that ``except Exception`` in user code does not swallow it."""


class Cancellation:
    """Shared by the thread that runs the pipeline and the threads that run nodes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._interruptible: dict[int, bool] = {}  # thread id -> whether something was raised in it

    def check(self) -> None:
        """Raise Interrupted if the run was stopped."""
        if self._stopped:
            raise Interrupted

    def forbid(self) -> None:
        """No commit begins from now on; ``stop`` has to follow. It never waits: signal handlers may call it."""
        self._stopped = True

    def stop(self) -> None:
        """Stop the run: no commit begins after this returns, and executors that run now are interrupted."""
        with self._lock:
            self._stopped = True
            for thread_id in self._interruptible:
                self._interrupt(thread_id)

    @contextmanager
    def interruptible(self, seconds: float | None = None) -> Iterator[None]:
        """The block may be ended at any bytecode.

        Args:
            seconds: how long the block may take; None means for ever.

        Raises:
            Interrupted: the run was stopped before, in or just after the block.
            TimeoutError: the block took too long.
        """
        thread_id = threading.get_ident()
        is_late = threading.Event()
        timer = threading.Timer(seconds or 0, self._interrupt_late, [thread_id, is_late])
        with self._lock:
            self.check()
            self._interruptible[thread_id] = False
        try:
            if seconds is not None:
                timer.start()
            yield
        except Interrupted:
            if self._stopped or not is_late.is_set():
                raise
        finally:
            timer.cancel()
            self._leave(thread_id)
        self.check()
        if is_late.is_set():
            raise TimeoutError(f"it took longer than the {seconds:g} s that it was given")

    def _interrupt_late(self, thread_id: int, is_late: threading.Event) -> None:
        with self._lock:
            if thread_id in self._interruptible:
                is_late.set()
                self._interrupt(thread_id)

    def _interrupt(self, thread_id: int) -> None:
        self._interruptible[thread_id] = True
        _raise_in_thread(thread_id)

    def _leave(self, thread_id: int) -> None:
        """From here on nothing is raised in the thread; what was raised and not yet delivered is taken here."""
        while True:
            try:
                with self._lock:
                    was_interrupted = self._interruptible.pop(thread_id, False)
                if was_interrupted:
                    for _ in range(_JUMPS_UNTIL_DELIVERED):
                        pass
                return
            except Interrupted:
                continue  # now it was delivered

    @contextmanager
    def committing(self) -> Iterator[None]:
        """The block runs as a whole or not at all; ``stop`` waits for it.

        Raises:
            Interrupted: the run was stopped before the block began.
        """
        with self._lock:
            self.check()
            yield


def _raise_in_thread(thread_id: int) -> None:
    """Make a thread raise Interrupted at its next jump or call.

    Never used to take an exception back: CPython 3.11 then goes on looking for it at every jump, for ever.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(Interrupted))
