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
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

_CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.append(str(_CHECKOUT / "scripts" / "clusters"))  # processes that outlive a command are kept alike

from processes import ClusterError, RunDirectory, listens  # noqa: E402
from servers import PROCESS, SERVERS, as_account  # noqa: E402

_RUN = _CHECKOUT / ".clusters" / "run"
_URL, _FOLDER = "url", "folder"
_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 1024**3  # a server writes some hundred megabytes of logs before it stores anything


def start(name: str) -> str:
    """The URL of the server; starts it unless it runs."""
    run = RunDirectory(_RUN / name)
    if not _is_up(run):
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
    return (run.path / _URL).read_text()


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


def run_with(names: Sequence[str], command: Sequence[str]) -> int:
    """Runs a command while the servers are up; stops those that were not up before."""
    environment = dict(os.environ)
    to_stop = [name for name in names if not _is_up(RunDirectory(_RUN / name))]
    try:
        for name in names:
            environment[f"GRISTMILL_TEST_{name.upper()}"] = start(name)
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        for name in to_stop:
            stop(name)


def _in_memory() -> str | None:
    """Linux's file system in memory, where a server waits for no disk; None where there is none, or a small one."""
    has_room = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return str(_MEMORY) if has_room else None


def _is_up(run: RunDirectory) -> bool:
    return (run.path / _URL).exists() and run.runs(PROCESS)


def _main(arguments: Sequence[str]) -> int:
    verb, names = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    command: list[str] = []
    if verb == "run" and "--" in names:
        cut = names.index("--")
        names, command = names[:cut], names[cut + 1 :]
    if verb not in ("start", "stop", "halt", "resume", "run") or not names or bool(command) != (verb == "run"):
        return _fail(str(__doc__))
    if unknown := sorted(set(names) - set(SERVERS)):
        return _fail(f"no server is called {unknown[0]!r}; there are {', '.join(SERVERS)}")
    if verb == "run":
        return run_with(names, command)
    for name in names:
        if verb == "start":
            sys.stdout.write(f"{start(name)}\n")
        else:
            {"stop": stop, "halt": halt, "resume": resume}[verb](name)
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(_main(sys.argv[1:]))
    except ClusterError as error:
        sys.exit(_fail(str(error)))
