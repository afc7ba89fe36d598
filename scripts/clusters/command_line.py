"""The command line of scripts that start something, let a command use it, and stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from processes import ClusterError

__all__ = ["CommandLine"]


@dataclass(frozen=True)
class CommandLine:
    """``start NAME …``, ``stop NAME …``, ``run NAME … -- COMMAND …``, and other verbs for names.

    Attributes:
        usage: what to say to somebody who gives no such arguments.
        names: what can be started.
        variable: that a command finds it by, with ``{}`` in place of the name in capitals.
        start: starts what has that name, or finds it running; gives how to reach it, the best way first.
        stop: stops it.
        is_up: whether it runs.
        verbs: the others, which may give a line to print.
    """

    usage: str
    names: Collection[str]
    variable: str
    start: Callable[[str], list[str]]
    stop: Callable[[str], None]
    is_up: Callable[[str], bool]
    verbs: Mapping[str, Callable[[str], str | None]]

    def main(self, arguments: Sequence[str]) -> int:
        """Does what the arguments say; gives the exit code."""
        try:
            return self._do(arguments)
        except ClusterError as error:
            return _fail(str(error))

    def _do(self, arguments: Sequence[str]) -> int:
        verb, names = (arguments[0], list(arguments[1:])) if arguments else ("", [])
        command: list[str] = []
        if verb == "run" and "--" in names:
            cut = names.index("--")
            names, command = names[:cut], names[cut + 1 :]
        if verb not in ("start", "stop", "run", *self.verbs) or not names or bool(command) != (verb == "run"):
            return _fail(self.usage)
        if unknown := sorted(set(names) - set(self.names)):
            return _fail(f"nothing here is called {unknown[0]!r}; there are {', '.join(self.names)}")
        if verb == "run":
            return self._run(names, command)
        for name in names:
            lines = self.start(name) if verb == "start" else [{"stop": self.stop, **self.verbs}[verb](name)]
            sys.stdout.write("".join(f"{line}\n" for line in lines if line is not None))
        return 0

    def _run(self, names: Sequence[str], command: Sequence[str]) -> int:
        """Runs a command while these are up; stops those that were not up before."""
        environment, to_stop = dict(os.environ), [name for name in names if not self.is_up(name)]
        try:
            for name in names:
                environment[self.variable.format(name.upper())] = self.start(name)[0]
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            for name in to_stop:
                self.stop(name)


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1
