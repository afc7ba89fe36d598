"""What the test of many clients runs: ``crowd.py URL CLIENTS WRITES``, processes of ``writers.py`` with one start."""

from __future__ import annotations

import multiprocessing
import sys

from writers import write_executions

import gristmill.metadata.wire.client  # noqa: F401 - imported once, before the processes part

if __name__ == "__main__":
    place, clients, writes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    fork = multiprocessing.get_context("fork")
    crowd = [fork.Process(target=write_executions, args=(place, client, writes)) for client in range(clients)]
    for client in crowd:
        client.start()
    for client in crowd:
        client.join()
    sys.exit(any(client.exitcode for client in crowd))
