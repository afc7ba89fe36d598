"""Runs a command, and tells what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Finished", "run"]

# Bytecode must be kept, or each process compiles its libraries anew; TensorFlow's greetings are noise.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
TOLD = 2_000  # characters of what a failed command said


@dataclass(frozen=True)
class Finished:
    """What a command took as a whole, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    printed: str

    def figures(self) -> dict[str, float]:
        """What the process measured itself: a line of JSON, whatever a profiler says around it."""
        [line] = [line for line in self.printed.splitlines() if line.startswith("{")]
        figures: dict[str, float] = json.loads(line)
        return figures


def run(command: list[str], folder: Path | None = None, **variables: str) -> Finished:
    """Run to the end; ``variables`` are added to the environment. A command that fails ends the program."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT | variables, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        # Not child.wait(): this is the one way to the figures of this process alone.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        printed, complaints = _text(output), _text(errors)
    if child.returncode:
        sys.exit(f"failed with {child.returncode}: {' '.join(command)}\n{complaints[-TOLD:]}")
    peak_mb = usage.ru_maxrss / 1024  # Linux counts in KiB
    return Finished(seconds, usage.ru_utime + usage.ru_stime, peak_mb, printed)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")
