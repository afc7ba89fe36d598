"""Times a piece of work inside its process, and prints the figures for the harness."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["timed"]


def timed(work: Callable[[], object], inputs: list[Path]) -> None:
    """Do the work, and print its seconds, its seconds of all threads on a core, and the bytes of the input files.

    A profile of a script is what it does in this function.
    """
    input_bytes = sum(file.stat().st_size for folder in inputs for file in folder.rglob("*") if file.is_file())
    on_cores, started = time.process_time(), time.perf_counter()
    work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - on_cores
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "input_bytes": input_bytes}))
