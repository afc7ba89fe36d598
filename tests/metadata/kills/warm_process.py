"""Does deeds on metadata stores, in forked processes where they are to be killed.

Run as a program: it reads requests from standard input, one JSON object a line, and answers each, also in JSON. What is
not to be killed it does itself, so that all that is loaded on the way is there for the processes forked later.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from calls import CALLS, prepare
from sqlalchemy import Engine, Pool, event

from gristmill.metadata import MetadataStore, downgrade_schema, errors

ENDS = ("commit", "release")
READING = ("begin", "select", "show", "describe", "pragma main.", "pragma temp.")


def open_and_prepare(url: str) -> None:
    with MetadataStore(url) as store:
        prepare(store)


DEEDS: dict[str, Callable[[str], object]] = {
    "prepare": open_and_prepare,
    "open": lambda url: MetadataStore(url).close(),
    "upgrade": lambda url: MetadataStore(url, enable_upgrade_migration=True).close(),
    **{f"downgrade to {version}": lambda url, goal=version: downgrade_schema(url, goal) for version in range(10)},
}


class Points:
    """The points that a deed passes: before each statement and commit, and when a connection is given back.

    A statement's point is its text in small letters without quotation marks, the others are ``commit`` and ``release``.
    """

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._kill_at: int | str | None = None
        self._last_words = -1
        self._with_reading = False
        self._are_counted = False
        event.listen(Engine, "before_cursor_execute", lambda *about: self._pass(_plain(about[2])))
        event.listen(Engine, "commit", lambda _: self._pass("commit"))
        event.listen(Pool, "checkin", lambda *_: self._pass("release"))

    def kill_at(self, point: int | str, last_words: int) -> None:
        """Has this process killed at a point, told by its number or by a part of its text; says there what it did."""
        self._kill_at, self._last_words = point, last_words

    def start(self, *, with_reading: bool) -> None:
        """Counts from here; without reading, only from what changes something."""
        self.passed, self._with_reading, self._are_counted = [], with_reading, True

    def stop(self) -> None:
        self._are_counted = False

    def _pass(self, point: str) -> None:
        if not self._are_counted or not (self._with_reading or self._matters(point)):
            return
        self.passed.append(point)
        if self._kill_at == len(self.passed) or (isinstance(self._kill_at, str) and self._kill_at in point):
            tell(self._last_words, {"passed": self.passed})
            os.kill(os.getpid(), signal.SIGKILL)

    def _matters(self, point: str) -> bool:
        """Whether something may be changed after the point that was not so before it."""
        return bool(self.passed) if point in ENDS else not point.startswith(READING)


def _plain(statement: str) -> str:
    return " ".join(statement.translate({ord(mark): None for mark in '"`'}).lower().split())


def serve(points: Points) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        tell(sys.stdout.fileno(), do(request, points) if request["kill_at"] is None else kill(request, points))


def tell(descriptor: int, answer: object) -> None:
    os.write(descriptor, json.dumps(answer).encode() + b"\n")


def kill(request: dict[str, Any], points: Points) -> dict[str, Any]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        points.kill_at(request["kill_at"], writer)
        die(request, points, writer)
    os.close(writer)
    with open(reader) as words:
        told = json.loads(words.read() or "{}")
    return {**told, "code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def die(request: dict[str, Any], points: Points, last_words: int) -> NoReturn:
    """Does what is asked for, and is killed on the way."""
    try:
        tell(last_words, do(request, points))
        os._exit(0)
    except BaseException:  # noqa: BLE001 - shown, as the interpreter would
        traceback.print_exc()
    finally:
        os._exit(1)


def do(request: dict[str, Any], points: Points) -> dict[str, Any]:
    url, deed = request["url"], request["deed"]
    time.time_ns = lambda: request["now"] * 1_000_000
    try:
        if deed in CALLS:
            with MetadataStore(url) as store:
                points.start(with_reading=True)
                outcome = CALLS[deed](store)
        else:  # these read so often that only their changes are counted
            points.start(with_reading=False)
            outcome = DEEDS[deed](url)
    except errors.StatusError as error:
        outcome = f"{type(error).__name__}: {error}"
    points.stop()
    return {"passed": points.passed, "outcome": outcome, "code": 0}


if __name__ == "__main__":
    serve(Points())
