"""Processes that outlive the command which starts them: a run directory holds a pid file and a log for each."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Java starts in seconds; a machine that builds something else beside may need a good part of this.
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_LOG_LINES_SHOWN = 30
_PORTS = (20_000, 32_000)  # below those that systems give to whoever wants any: Linux from 32,768, others from 49,152


class ClusterError(Exception):
    """A cluster does not come up; the message says what to look at."""


@dataclass(frozen=True)
class RunDirectory:
    """The processes of one cluster, by name: ``NAME.pid``, ``NAME.log`` and ``NAME.command`` in ``path``."""

    path: Path

    def start(self, name: str, command: Sequence[object], environment: Mapping[str, str] | None = None) -> None:
        """Starts a process in a session of its own, so that neither Ctrl-C nor the caller's end reaches it."""
        self.path.mkdir(parents=True, exist_ok=True)
        parts, additions = [str(part) for part in command], dict(environment or {})
        (self.path / f"{name}.command").write_text(json.dumps([parts, additions]))
        with (self.path / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                parts,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **additions},
                cwd=self.path,
                start_new_session=True,
            )
        (self.path / f"{name}.pid").write_text(f"{process.pid} {_started(process.pid)}\n")

    def start_again(self, name: str) -> None:
        """Starts a process that was stopped, as it was started last."""
        command, environment = json.loads((self.path / f"{name}.command").read_text())
        self.start(name, command, environment)

    def names(self) -> list[str]:
        """The processes that were started here and not stopped, running or dead."""
        return sorted(file.stem for file in self.path.glob("*.pid"))

    def runs(self, name: str) -> bool:
        """Whether the process is alive, and still the one that was started here."""
        file = self.path / f"{name}.pid"
        if not file.exists():
            return False
        pid, _, started = file.read_text().strip().partition(" ")
        return bool(started) and _started(int(pid)) == started

    def stop(self, name: str, request: signal.Signals = signal.SIGTERM) -> None:
        """Ends the process and those that it started: asks first, by the signal, then insists."""
        if self.runs(name):
            pid = int((self.path / f"{name}.pid").read_text().split()[0])
            _signal_group(pid, request)
            deadline = time.monotonic() + _STOP_SECONDS
            while self.runs(name) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            _signal_group(pid, signal.SIGKILL)
        (self.path / f"{name}.pid").unlink(missing_ok=True)

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Polls until ``ready()``.

        Raises:
            ClusterError: the process died, or is not ready in time.
        """
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if not self.runs(name):
                raise ClusterError(f"{name} died:\n{self._end_of_log(name)}")
            if time.monotonic() > deadline:
                raise ClusterError(f"{name} is not ready after {_START_SECONDS:.0f} s:\n{self._end_of_log(name)}")
            time.sleep(_POLL_SECONDS)

    def _end_of_log(self, name: str) -> str:
        log = self.path / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
        return "\n".join([*lines, f"(from {log})"])


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on, and nobody gets by chance before they are used."""
    ports: set[int] = set()
    while len(ports) < count:
        port = random.randrange(*_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.add(port)
    return list(ports)


def listens(port: int) -> bool:
    """Whether a local process accepts connections on ``port``."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def fetch(url: str) -> str | None:
    """What a local server answers, or None while it does not."""
    try:
        # No proxy stands between a machine and itself.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return None


def _started(pid: int) -> str:
    """When a process began, as ps says; empty for none and for one that only waits to be reaped."""
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, began = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else " ".join(began.split())


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
