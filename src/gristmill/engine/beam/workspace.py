"""The folder through which the workers and the driver of one job speak.

::

    cargo                        what the workers need, as ``shipping`` packs it
    faults/<shard>.json          what went wrong in a shard (or in merging states, of which it is the first)
    faults/stop                  the driver wants no more work done
    states/0/<shard>-<rows>      the state of one shard
    states/<level>/<group>-…     the merge of up to ``FAN_IN`` states of the level below
    parts/<shard>-<rows>         what a shard's rows were written to, as the sink tells it

Numbers have twelve digits, so that names sort as the numbers do. A runner may do work twice; then the same file is
written twice, each time in one step and with the same meaning, and the last one counts. Through Beam itself only
numbers and names travel: no state is ever too large for a runner's shuffle or its messages, and no runner needs to know
how to hand results back.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import Any

from gristmill.engine import state_codec
from gristmill.engine.beam.fault_record import error_of, record_of
from gristmill.io import filesystem

__all__ = ["JobIsOver", "Workspace", "index_of", "rows_of"]

_CARGO = "cargo"
_FAULTS = "faults"
_STATES = "states"
_PARTS = "parts"
_STOP = "stop"
_REMOVALS = 5
_log = logging.getLogger("gristmill.engine")


class JobIsOver(Exception):  # noqa: N818 - it is no error, it is news for a worker that was given up
    """The driver waits for nothing any more and has removed the job's folder."""


@dataclass(frozen=True)
class Workspace:
    """The files of one job.

    Attributes:
        uri: a folder that no other job uses, on a file system that driver and workers share; absolute.
    """

    uri: str

    def write_cargo(self, packed: bytes) -> None:
        """Keep what the workers need. They must know its digest: this folder may be open to others."""
        filesystem.write_bytes(self._file(_CARGO), packed)

    def read_cargo(self) -> bytes:
        """What the workers need."""
        return filesystem.read_bytes(self._file(_CARGO))

    def write_state(self, level: int, index: int, rows: int, state: object) -> str:
        """Keep a state; the name to read it by."""
        name = _name(index, rows)
        self._write(state_codec.dumps(state), _STATES, str(level), name)
        return name

    def read_state(self, level: int, name: str) -> Any:
        """The state of this name."""
        return state_codec.loads(filesystem.read_bytes(self._file(_STATES, str(level), name)))

    def states(self, level: int) -> list[str]:
        """The names of the states of a level, in the order of their numbers."""
        return self._names(_STATES, str(level))

    def write_part(self, index: int, rows: int, part: object) -> None:
        """Keep what a shard was written to: a plain tree."""
        self._write(state_codec.dumps(part), _PARTS, _name(index, rows))

    def read_part(self, name: str) -> Any:
        """What a shard was written to."""
        return state_codec.loads(filesystem.read_bytes(self._file(_PARTS, name)))

    def parts(self) -> list[str]:
        """The names of all parts, in the order of the shards."""
        return self._names(_PARTS)

    def report_fault(self, index: int, error: Exception) -> None:
        """Keep an error for the driver, unless that waits for nothing any more."""
        with contextlib.suppress(JobIsOver):
            self._write(record_of(error), _FAULTS, f"{index:012d}.json")

    def first_fault(self) -> tuple[int, Exception] | None:
        """The error of the first shard that has one, with the shard's number."""
        names = [name for name in self._names(_FAULTS) if name != _STOP]
        if not names:
            return None
        return int(names[0].partition(".")[0]), error_of(filesystem.read_bytes(self._file(_FAULTS, names[0])))

    def stop(self) -> None:
        """Let workers skip what they have not begun."""
        filesystem.write_bytes(self._file(_FAULTS, _STOP), b"")

    def is_useless(self, index: int) -> bool:
        """Whether a shard need not be worked on: an earlier one failed, or the driver wants no more."""
        names = self._names(_FAULTS)
        return self._is_over() or _STOP in names or any(name < f"{index:012d}" for name in names)

    def done(self) -> tuple[int, int]:
        """Shards finished so far, and their rows."""
        names = self._names(_PARTS) or self.states(0)
        return len(names), sum(rows_of(name) for name in names)

    def remove(self) -> None:
        """Remove everything; what cannot be removed is told in the log, and hides no error of the job.

        The cargo goes first: workers that were given up write nothing more without it. One that is writing just then
        may hinder the removal, so that is tried again.
        """
        try:
            filesystem.remove_tree(self._file(_CARGO))
            for _ in range(_REMOVALS - 1):
                with contextlib.suppress(OSError):
                    filesystem.remove_tree(self.uri)
                    return
            filesystem.remove_tree(self.uri)
        except OSError as error:
            _log.warning("%s could not be removed: %s", self.uri, error)

    def _is_over(self) -> bool:
        return not filesystem.exists(self._file(_CARGO))

    def _write(self, content: bytes, *parts: str) -> None:
        """Write what a worker found out, which must not bring back a folder that was removed meanwhile."""
        if self._is_over():
            raise JobIsOver
        filesystem.write_bytes(self._file(*parts), content)

    def _file(self, *parts: str) -> str:
        return filesystem.join(self.uri, *parts)

    def _names(self, *folder: str) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return [name for name in filesystem.list_dir(self._file(*folder)) if not name.startswith(".")]
        return []


def _name(index: int, rows: int) -> str:
    return f"{index:012d}-{rows}"


def index_of(name: str) -> int:
    """The number in the name of a state or part."""
    return int(name.partition("-")[0])


def rows_of(name: str) -> int:
    """The rows in the name of a state or part."""
    return int(name.partition("-")[2])
