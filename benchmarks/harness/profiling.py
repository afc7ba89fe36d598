"""Where the time goes: samples of all threads of a run, taken by py-spy, as lists that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

__all__ = ["lists", "sampler"]

SAMPLES_PER_SECOND = 200
SHOWN = 15
TIMED = "timed (timing.py)"  # what a step times: before it, libraries are loaded
BEGINS = "<module> "  # the outermost frame of a main thread
IMPORT = "(<frozen importlib"


def sampler(python: str, output: Path) -> list[str]:
    """The command that runs a command and samples it and its children. A thread that waits is not counted."""
    py_spy = str(Path(python).with_name("py-spy"))
    options = ["--format", "raw", "--rate", str(SAMPLES_PER_SECOND), "--subprocesses", "--nolineno"]
    return [py_spy, "record", *options, "--output", str(output), "--"]


def lists(stacks: Iterable[str], *, step: bool) -> str:
    """The functions by their own time, and ours by that of what they call too. Native code counts as its Python caller.

    Args:
        stacks: lines of frames from the process and its outermost function to the innermost, joined by ``;``, and how
            often they were seen.
        step: leave out what a step's process does before it is timed.
    """
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack in stacks:
        joined, _, count = stack.strip().rpartition(" ")
        _, *frames = joined.split(";")
        if not frames or (step and frames[0].startswith(BEGINS) and TIMED not in frames):
            continue
        own[_innermost(frames)] += int(count)
        total.update(dict.fromkeys(filter(_is_ours, frames), int(count)))
    samples = own.total()
    title = f"{samples:,} samples, {SAMPLES_PER_SECOND} a second of each busy thread"
    return "\n".join([title, *_ranked("own", own, samples), *_ranked("with what it calls", total, samples)])


def _innermost(frames: list[str]) -> str:
    """The function at work; while a module is imported, its package."""
    if IMPORT not in frames[-1] and not frames[-1].startswith(BEGINS):
        return frames[-1]
    modules = [frame for frame in frames if frame.startswith(BEGINS)]
    place = modules[-1].removeprefix(BEGINS).strip("()") if modules else "the interpreter's start"
    return f"importing {place.partition('/')[0]}"


def _is_ours(frame: str) -> bool:
    return "(gristmill/" in frame and not frame.startswith(BEGINS)


def _ranked(title: str, times: Counter[str], samples: int) -> list[str]:
    return [f"  {title}:", *(f"  {count / samples:>6.1%}  {place}" for place, count in times.most_common(SHOWN))]
