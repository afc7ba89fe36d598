"""The tests' side of ``warm_process``: deeds on stores, done to the end or killed at a point of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .calls import CALLED_AT


@dataclass(frozen=True)
class Done:
    """A deed that was done to its end.

    Attributes:
        passed: the points at which it can be killed; the first has number 1.
        outcome: what it gave back, or its error.
    """

    passed: list[str]
    outcome: Any

    @property
    def last_before(self) -> int:
        """The number of the last point at which nothing is stored yet: that before the last commit."""
        return len(self.passed) - self.passed[::-1].index("commit")


class WarmProcess:
    """The parent of all processes that are killed."""

    def __init__(self, stdin: IO[str], stdout: IO[str]) -> None:
        self._stdin, self._stdout = stdin, stdout

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[WarmProcess]:
        command = [sys.executable, str(Path(__file__).with_name("warm_process.py"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            yield cls(process.stdin, process.stdout)
            process.stdin.close()

    def do(self, deed: str, store: Path | str, *, now: int = CALLED_AT) -> Done:
        """Does a deed to its end."""
        told = self._ask(deed, store, None, now)
        return Done(told["passed"], told["outcome"])

    def kill(self, deed: str, store: Path | str, at: int | str) -> list[str]:
        """Has a process killed that does a deed, at a point told by its number or by a part of its text.

        Gives the points up to that one.
        """
        told = self._ask(deed, store, at, CALLED_AT)
        assert told["code"] == -signal.SIGKILL, told
        passed: list[str] = told["passed"]
        return passed

    def _ask(self, deed: str, store: Path | str, kill_at: int | str | None, now: int) -> dict[str, Any]:
        request = {"deed": deed, "url": str(store), "kill_at": kill_at, "now": now}
        self._stdin.write(json.dumps(request) + "\n")
        self._stdin.flush()
        answer: dict[str, Any] = json.loads(self._stdout.readline())
        return answer
