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


class Interrupted(BaseException):
    """The run was stopped. Not an Exception, so that ``except Exception`` in user code does not swallow it."""


class Cancellation:
    """Shared by the thread that runs the pipeline and the threads that run nodes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._interruptible: set[int] = set()

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def check(self) -> None:
        """Raise Interrupted if the run was stopped."""
        if self._stopped:
            raise Interrupted

    def stop(self) -> None:
        """Stop the run: no commit begins after this returns, and executors that run now are interrupted."""
        with self._lock:
            self._stopped = True
            for thread_id in self._interruptible:
                _raise_in_thread(thread_id, Interrupted)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """The block may be ended by an Interrupted at any bytecode.

        Raises:
            Interrupted: the run was stopped, before, in or just after the block.
        """
        thread_id = threading.get_ident()
        with self._lock:
            self.check()
            self._interruptible.add(thread_id)
        try:
            yield
        finally:
            self._leave(thread_id)
        self.check()

    def _leave(self, thread_id: int) -> None:
        with self._lock:
            self._interruptible.discard(thread_id)
            # One that was raised and not yet delivered must not strike in the code that cleans up.
            _raise_in_thread(thread_id, None)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """The block runs as a whole or not at all; ``stop`` waits for it.

        Raises:
            Interrupted: the run was stopped before the block began.
        """
        with self._lock:
            self.check()
            yield


def _raise_in_thread(thread_id: int, error: type[BaseException] | None) -> None:
    """Set, or with None clear, the exception that a thread will raise at its next bytecode."""
    exception = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), exception)
