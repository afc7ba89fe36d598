"""What `make flink` and `make spark` start is found again, stopped whole, and says why it died."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# They are meant to outlive whoever starts them.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "clusters"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import processes

    return processes


@pytest.fixture
def run(processes: Any, tmp_path: Path) -> Iterator[Any]:
    directory = processes.RunDirectory(tmp_path / "run")
    yield directory
    for name in directory.names():
        directory.stop(name)


def server(port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]


def test_a_process_is_ready_when_it_answers_and_gone_when_it_is_stopped(processes: Any, run: Any) -> None:
    [port] = processes.free_ports(1)
    run.start("server", server(port))
    run.wait("server", lambda: processes.fetch(f"http://127.0.0.1:{port}/") is not None)
    assert run.runs("server")
    assert processes.RunDirectory(run.path).names() == ["server"]
    run.stop("server")
    assert not processes.listens(port)
    assert run.names() == []


def test_a_process_that_dies_is_told_with_the_end_of_its_log(processes: Any, run: Any) -> None:
    run.start("server", [sys.executable, "-c", "raise SystemExit('no such port')"])
    with pytest.raises(processes.ClusterError, match=r"(?s)server died:.*no such port"):
        run.wait("server", lambda: False)


def test_a_process_that_took_over_the_number_of_a_dead_one_is_left_alone(processes: Any, run: Any) -> None:
    [port] = processes.free_ports(1)
    run.start("server", server(port))
    run.wait("server", lambda: processes.listens(port))
    run.start("other", [sys.executable, "-c", ""])
    file, other = run.path / "server.pid", run.path / "other.pid"
    pid = file.read_text().split()[0]
    other.write_text(f"{pid} Thu Jan 1 00:00:00 1970\n")
    assert not run.runs("other")
    run.stop("other")
    assert processes.listens(port)


def test_free_ports_differ(processes: Any) -> None:
    assert len(set(processes.free_ports(5))) == 5
