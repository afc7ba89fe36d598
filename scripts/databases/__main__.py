"""Starts and stops database servers on the loopback interface, for trying the metadata store and for tests.

::

    python scripts/databases start mysql         start it, or find it running; print the URL of the server
    python scripts/databases stop mysql          stop it; what it stored is gone
    python scripts/databases halt mysql          stop it, and keep what it stored …
    python scripts/databases resume mysql        … for this
    python scripts/databases run mysql postgresql -- COMMAND …
                                                 start servers, run the command with GRISTMILL_TEST_MYSQL, … set, stop

The names are `postgresql`, `mysql` (which is MariaDB) and `mysql8` (Oracle's MySQL 8). Each has a folder of its own, in
memory where there is room; no service of the machine is touched.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

_CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.append(str(_CHECKOUT / "scripts" / "clusters"))  # what starts and keeps processes is the same

from command_line import CommandLine  # noqa: E402
from processes import ClusterError, RunDirectory, listens  # noqa: E402
from servers import PROCESS, SERVERS, as_account  # noqa: E402

_RUN = _CHECKOUT / ".clusters" / "run"
_URL, _FOLDER = "url", "folder"
_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 1024**3  # a server writes some hundred megabytes of logs before it stores anything


def start(name: str) -> list[str]:
    """The URL of the server; starts it unless it runs."""
    run = RunDirectory(_RUN / name)
    if not _is_up(name):
        stop(name)
        run.path.mkdir(parents=True, exist_ok=True)
        # Not in the checkout: the account that runs the server may be unable to enter that.
        folder = Path(tempfile.mkdtemp(prefix=f"gristmill-{name}-", dir=_in_memory()))
        (run.path / _FOLDER).write_text(str(folder))
        try:
            url = SERVERS[name].start(run, folder, as_account(SERVERS[name].account, folder))
        except BaseException:
            stop(name)
            raise
        (run.path / _URL).touch(0o600)  # it holds the password
        (run.path / _URL).write_text(url)
    return [(run.path / _URL).read_text()]


def stop(name: str) -> None:
    """Stops the server and removes what it stored; its log stays until the next start."""
    run = RunDirectory(_RUN / name)
    for process in run.names():
        run.stop(process, SERVERS[name].stops_by)
    if (run.path / _FOLDER).exists():
        shutil.rmtree((run.path / _FOLDER).read_text(), ignore_errors=True)
    for file in (_URL, _FOLDER):
        (run.path / file).unlink(missing_ok=True)


def halt(name: str) -> None:
    """Stops the server, which keeps its place and what it stored."""
    RunDirectory(_RUN / name).stop(PROCESS, SERVERS[name].stops_by)


def resume(name: str) -> None:
    """Starts a halted server again, and waits until it answers."""
    run = RunDirectory(_RUN / name)
    if not (run.path / _URL).exists():
        raise ClusterError(f"there is no {name} server to resume; start one")
    if not run.runs(PROCESS):
        run.start_again(PROCESS)
    port = urlsplit((run.path / _URL).read_text()).port
    run.wait(PROCESS, lambda: port is not None and listens(port))


def _in_memory() -> str | None:
    """Linux's file system in memory, where a server waits for no disk; None where there is none, or a small one."""
    has_room = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return str(_MEMORY) if has_room else None


def _is_up(name: str) -> bool:
    run = RunDirectory(_RUN / name)
    return (run.path / _URL).exists() and run.runs(PROCESS)


if __name__ == "__main__":
    verbs = {"halt": halt, "resume": resume}
    sys.exit(CommandLine(str(__doc__), SERVERS, "GRISTMILL_TEST_{}", start, stop, _is_up, verbs).main(sys.argv[1:]))
