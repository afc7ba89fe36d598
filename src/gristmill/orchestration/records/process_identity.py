"""Who runs an execution, said so that a later process can tell whether that one still lives.

A process id alone is not enough: ids are used again. The id together with the process's start time names one process
on one machine for ever; the machine is named by its boot and its process-id namespace, so that two containers with one
host name, or a machine before and after a reboot, are not taken for each other.
"""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["ProcessIdentity", "current_process"]

_START_TIME_FIELD = 22  # of /proc/<pid>/stat, counted from 1: start time in clock ticks since boot (proc_pid_stat(5))
_FIELDS_UP_TO_NAME = 2  # pid and (comm); comm may hold spaces and parentheses, so fields are counted after the last ')'


@dataclass(frozen=True)
class ProcessIdentity:
    """One process on one machine.

    Attributes:
        host: the host name, for people.
        machine: names the boot and the process-id namespace; empty where the system does not tell.
        pid: the process id.
        started: the process's start time, opaque; empty where the system does not tell.
    """

    host: str
    machine: str
    pid: int
    started: str

    def is_visible_from_here(self) -> bool:
        """Whether this process can look at that one, so that ``is_alive`` decides."""
        return bool(self.machine) and self.machine == _machine()

    def is_alive(self) -> bool:
        """Whether the process runs; meaningful only when it is visible from here."""
        if not _pid_exists(self.pid):
            return False
        return not self.started or _start_time(self.pid) == self.started

    def is_this_process(self) -> bool:
        return self == current_process()

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def current_process() -> ProcessIdentity:
    """The identity of the calling process (of the child, after a fork)."""
    pid = os.getpid()
    return ProcessIdentity(socket.gethostname(), _machine(), pid, _start_time(pid))


def _pid_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is there and belongs to somebody else
    return True


def _start_time(pid: int) -> str:
    """When a process started; empty if it is gone, is a zombie, or the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _start_time_of_ps(pid)
    fields = stat[stat.rindex(")") + 2 :].split()
    is_zombie = fields[0] == "Z"
    return "zombie" if is_zombie else fields[_START_TIME_FIELD - _FIELDS_UP_TO_NAME - 1]


def _start_time_of_ps(pid: int) -> str:
    """For systems without /proc (macOS, BSD)."""
    if Path("/proc/self/stat").exists():
        return ""
    try:
        result = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return result.stdout.strip()


@cache
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()
