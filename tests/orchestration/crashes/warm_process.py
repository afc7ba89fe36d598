"""Starts `gristmill` commands as processes of their own that are forked from this one, which has everything loaded.

A command then starts in milliseconds instead of a second, so that hundreds of crashes are cheap. Run as a program: it
reads requests from standard input, one JSON object a line, and answers each, also in JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from typing import Any, NoReturn

WRITES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"}


def serve() -> None:
    barrier = os.pipe()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer(wait_for(request["wait"], request["suspended"]))
        elif "start" in request:
            answer(start(request["start"], barrier))
        else:  # let those go on that wait at the barrier
            for end in barrier:
                os.close(end)
            barrier = os.pipe()
            answer(None)


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def wait_for(pid: int, suspended: bool) -> list[int]:
    """A process that has ended, or is suspended, and its exit code; -1 waits for any."""
    ended, status = os.waitpid(pid, os.WUNTRACED if suspended else 0)
    return [ended, -os.WSTOPSIG(status) if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)]


def start(request: dict[str, Any], barrier: tuple[int, int]) -> int:
    pid = os.fork()
    if pid == 0:
        os.close(barrier[1])
        if request["at_barrier"]:
            os.read(barrier[0], 1)  # ends when the parent closes the other end
        become(request)
    return pid


def become(request: dict[str, Any]) -> NoReturn:
    """Be the command that was asked for, and end as it ends."""
    code = 1
    try:
        os.chdir(request["cwd"])
        sys.stdin = open(os.devnull)  # noqa: SIM115
        for stream, path in ((sys.stdout, request["stdout"]), (sys.stderr, request["stderr"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
        if request["kill_at_write"]:
            kill_at_write(request["kill_at_write"])
        sys.argv = ["gristmill", *request["arguments"]]
        from gristmill.cli.main import main

        main()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 - shown, as the interpreter would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def kill_at_write(number: int) -> None:
    """Have this process killed just before the n-th time that it changes a file or commits to a database."""
    from sqlalchemy import Engine, event

    left, lock = [number], threading.Lock()

    def count(*_: object) -> None:
        with lock:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        if name in WRITES or (name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE):
            count()

    event.listen(Engine, "commit", count)
    sys.addaudithook(hook)


def load_everything() -> None:
    """What a run of component functions loads, which a first run finds out."""
    import tempfile
    from pathlib import Path

    from gristmill.cli import main

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pipeline.py").write_text(
            "from gristmill.dsl.components import component\n"
            "from gristmill.dsl.pipeline import Pipeline\n"
            "@component\n"
            "def nothing():\n"
            "    pass\n"
            "pipeline = Pipeline('empty', 'root', components=[nothing()])\n"
        )
        here, stdout = os.getcwd(), os.dup(1)
        os.chdir(folder)
        os.dup2(2, 1)
        try:
            sys.argv = ["gristmill", "run", "pipeline.py"]
            main.main()
        except SystemExit as ended:
            assert not ended.code  # noqa: PT017
        finally:
            sys.stdout.flush()
            os.dup2(stdout, 1)
            os.chdir(here)
    assert threading.active_count() == 1  # a fork copies one thread only


if __name__ == "__main__":
    load_everything()
    answer("ready")
    serve()
