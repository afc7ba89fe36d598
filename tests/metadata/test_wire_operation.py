"""A metadata server in operation: it is restarted, stopped, asked for its health, and meets clients that go away."""

from __future__ import annotations

import logging
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("grpc")

import grpc

from gristmill.errors import ConfigError
from gristmill.metadata import ArtifactType, ContextType, Execution, ExecutionType, MetadataStore, errors
from gristmill.metadata.wire.health import HEALTH, NOT_SERVING, SERVING
from gristmill.metadata.wire.protocol import SERVICE
from gristmill.metadata.wire.server import MetadataServer, ServerTls
from gristmill.metadata.wire.stub import MetadataStoreServiceStub
from gristmill.metadata.wire.target import wire_target
from gristmill.proto import metadata_store_service_pb2 as service
from gristmill.proto.metadata_store_pb2 import MetadataStoreClientConfig

from .crowds import check_whole, crowd

CLIENTS, WRITES = 16, 20


class Gate:
    """Holds back what a store in memory is asked, until it is opened."""

    def __init__(self, store: MetadataStore) -> None:
        self._turn = store._backend._database._turn  # type: ignore[attr-defined]
        self._turn.acquire()
        self.is_closed = True

    def open(self) -> None:
        if self.is_closed:
            self._turn.release()
            self.is_closed = False


@pytest.fixture
def served() -> Iterator[MetadataStore]:
    with MetadataStore("sqlite://") as store:
        yield store


@pytest.fixture
def gate(served: MetadataStore) -> Iterator[Gate]:
    gate = Gate(served)
    yield gate
    gate.open()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def url_of(server: MetadataServer, timeout: int = 60) -> str:
    return f"grpc://{server.address}?timeout={timeout}"


def begun(server: MetadataServer, call: Future[Any]) -> Future[Any]:
    """The call, once the server is at work on it."""
    while server._running.count == 0:
        assert not call.done(), call.exception()
    return call


def names(store: MetadataStore) -> list[str]:
    return [type_.name for type_ in store.get_artifact_types()]


def put(client: MetadataStore, name: str) -> int:
    return client.put_artifact_type(ArtifactType(name=name))


# ---- restarts


@pytest.mark.parametrize("asked", [lambda client: put(client, "A"), lambda client: client.get_artifact_types()])
def test_a_call_waits_for_a_server_that_is_restarted(
    served: MetadataStore, pool: ThreadPoolExecutor, asked: Callable[[MetadataStore], Any]
) -> None:
    with MetadataServer(served, port=0) as first, MetadataStore(url_of(first)) as client:
        first.stop()
        call = pool.submit(asked, client)
        assert not wait([call], timeout=0.5).done
        with MetadataServer(served, port=first.port):
            assert call.result() in (10, [])
            put(client, "B")
    assert names(served)[-1] == "B"


def test_a_server_that_stays_away_is_told_when_the_call_has_taken_its_time(served: MetadataStore) -> None:
    with MetadataServer(served, port=0) as server, MetadataStore(url_of(server, timeout=1)) as client:
        server.stop()
        with pytest.raises(errors.UnavailableError, match="Hint: is the server running"):
            put(client, "A")


def test_a_read_that_was_cut_off_is_repeated_and_a_write_is_not(
    served: MetadataStore, gate: Gate, pool: ThreadPoolExecutor
) -> None:
    with MetadataServer(served, port=0, grace_seconds=0) as first:
        gate.open()
        with MetadataStore(url_of(first)) as client:
            closed = Gate(served)
            read = begun(first, pool.submit(client.get_artifact_types))
            assert not first.stop()
            with MetadataServer(served, port=first.port) as second:
                closed.open()
                assert read.result() == []
                closed = Gate(served)
                write = begun(second, pool.submit(put, client, "A"))
                second._grace_seconds = 0
                assert not second.stop()
                with MetadataServer(served, port=first.port):
                    with pytest.raises(errors.UnavailableError, match="read before you repeat it"):
                        write.result()
                    closed.open()


# ---- stopping


def test_calls_that_are_running_end_before_the_server_does(served: MetadataStore, pool: ThreadPoolExecutor) -> None:
    with MetadataServer(served, port=0) as server, MetadataStore(url_of(server)) as client:
        gate = Gate(served)
        call = begun(server, pool.submit(put, client, "A"))
        stopping = pool.submit(server.stop)
        assert not wait([stopping], timeout=0.2).done
        gate.open()
        assert call.result() == 10
        assert stopping.result() is True


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts `gristmill metadata serve` with options; gives the process and its URL."""
    MetadataStore(tmp_path / "metadata.sqlite").close()
    started = []

    def serve(*options: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "gristmill.cli.main", "metadata", "serve", "--port", "0", *options]
        process = subprocess.Popen(
            [*command, "--store", f"sqlite:///{tmp_path}/metadata.sqlite?timeout=600"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().partition(" at ")[2].partition(";")[0]

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def test_what_clients_were_told_is_stored_when_sigterm_comes_while_they_write(
    serving: Any, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    process, url = serving()
    told: list[str] = []
    is_writing = threading.Event()

    def write(client: MetadataStore, writer: int, type_id: int) -> None:
        for number in range(10_000):
            client.put_executions([Execution(type_id=type_id, name=f"{writer}-{number}")])
            told.append(f"{writer}-{number}")
            if len(told) > 40:
                is_writing.set()

    with MetadataStore(f"{url}?timeout=5") as client:
        type_id = client.put_execution_type(ExecutionType(name="E"))
        writers = [pool.submit(write, client, writer, type_id) for writer in range(4)]
        while not is_writing.is_set():
            assert not any(writer.done() for writer in writers)
        process.terminate()
        assert process.wait() == 0
        for writer in writers:
            with pytest.raises(errors.UnavailableError):
                writer.result()
    with MetadataStore(tmp_path / "metadata.sqlite") as store:
        stored = {execution.name for execution in store.get_executions()}
    assert set(told) <= stored
    assert len(stored - set(told)) <= len(writers)  # what each had under way


def test_a_call_that_does_not_end_keeps_no_server_from_stopping(serving: Any, tmp_path: Path) -> None:
    process, url = serving("--grace", "0")
    blocker = sqlite3.connect(tmp_path / "metadata.sqlite", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with grpc.insecure_channel(url.removeprefix("grpc://")) as channel:
        stub: Any = MetadataStoreServiceStub(channel)
        call = stub.PutArtifactType.future(service.PutArtifactTypeRequest(artifact_type=ArtifactType(name="A")))
        stub.GetContexts(service.GetContextsRequest(), timeout=60)  # what is answered later was asked later
        process.terminate()
        _, told = process.communicate()
        assert (process.returncode, call.code()) == (0, grpc.StatusCode.UNAVAILABLE)
    assert "calls were cut off" in told
    blocker.execute("ROLLBACK")
    blocker.close()
    with MetadataStore(tmp_path / "metadata.sqlite") as store:
        assert names(store) == []


def test_a_server_that_others_can_reach_says_so(serving: Any) -> None:
    process, url = serving("--host", "0.0.0.0")
    assert url.startswith("grpc://0.0.0.0:")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("everybody who reaches this address may read and write the store")
    process.terminate()
    assert process.wait() == 0


# ---- clients


def test_what_waits_for_its_turn_is_dropped_when_its_caller_is_gone(
    served: MetadataStore, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gristmill.metadata.wire.server._WORKERS", 1)
    with (
        MetadataServer(served, port=0) as server,
        MetadataStore(url_of(server)) as client,
        MetadataStore(url_of(server, timeout=1)) as hurried,
    ):
        gate = Gate(served)
        first = begun(server, pool.submit(put, client, "first"))
        with pytest.raises(errors.DeadlineExceededError, match="read before you repeat it"):
            put(hurried, "late")
        gate.open()
        first.result()
        put(client, "next")
        assert names(client) == ["first", "next"]


def test_a_client_that_goes_away_harms_no_other(served: MetadataStore, pool: ThreadPoolExecutor) -> None:
    with MetadataServer(served, port=0) as server, MetadataStore(url_of(server)) as other:
        gate = Gate(served)
        with grpc.insecure_channel(server.address) as channel:
            request = service.PutArtifactTypeRequest(artifact_type=ArtifactType(name="A"))
            call = MetadataStoreServiceStub(channel).PutArtifactType.future(request)  # type: ignore[attr-defined]
            while server._running.count == 0:
                assert not call.done()
        assert call.code() == grpc.StatusCode.CANCELLED
        gate.open()
        assert put(other, "B") in (10, 11)
        while server._running.count:
            pass
        assert sorted(names(other)) == ["A", "B"]


def test_calls_beyond_the_bound_come_again(
    served: MetadataStore, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gristmill.metadata.wire.server._AT_ONCE", 1)
    with MetadataServer(served, port=0) as server, MetadataStore(url_of(server)) as client:
        ids = list(pool.map(lambda number: put(client, f"T{number}"), range(40)))
    assert len(set(ids)) == len(names(served)) == 40


def test_a_crowd_of_clients_loses_no_write(tmp_path: Path) -> None:
    with MetadataStore(tmp_path / "metadata.sqlite") as store:
        with MetadataServer(store, port=0) as server:
            crowd(f"grpc://{server.address}", writers=CLIENTS, writes=WRITES)
        assert len(store.get_executions()) == CLIENTS * WRITES
        check_whole(store)
        [shared] = [context for context in store.get_contexts() if context.name == "shared"]
        assert len(store.get_executions_by_context(shared.id)) == CLIENTS * WRITES


# ---- health, and what is told


def test_orchestrators_learn_whether_the_store_can_be_read(served: MetadataStore) -> None:
    with MetadataServer(served, port=0) as server, grpc.insecure_channel(server.address) as channel:
        check = channel.unary_unary(f"/{HEALTH}/Check")
        named = b"\x0a" + bytes([len(SERVICE)]) + SERVICE.encode()
        assert [check(asked, timeout=30) for asked in (b"", named)] == [SERVING, SERVING]
        with pytest.raises(grpc.RpcError) as raised:
            check(b"\x0a\x05other", timeout=30)
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND
        served.close()
        assert check(b"", timeout=30) == NOT_SERVING


def test_faults_of_the_database_are_in_the_servers_log_and_mistakes_of_callers_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "gristmill.metadata.wire.server")
    with (
        MetadataStore(tmp_path / "metadata.sqlite") as store,
        MetadataServer(store, port=0) as server,
        MetadataStore(url_of(server)) as client,
    ):
        with pytest.raises(errors.NotFoundError):
            client.get_artifact_type("none")
        assert not caplog.records
        with sqlite3.connect(tmp_path / "metadata.sqlite") as database:
            database.execute("DROP TABLE Event")
        database.close()
        with pytest.raises(errors.StatusError):
            client.get_events_by_artifact_ids([1])
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["GetEventsByArtifactIDs"]


def test_an_address_of_ipv6_is_written_as_clients_read_it(served: MetadataStore) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with MetadataServer(served, host="::1", port=0) as server, MetadataStore(f"grpc://{server.address}") as client:
        assert client.put_context_type(ContextType(name="run")) == 10


def test_a_certificate_that_is_none_is_not_taken_for_a_port_that_is_taken(served: MetadataStore) -> None:
    with pytest.raises(ConfigError, match="certificate of the metadata server cannot be used"):
        MetadataServer(served, port=0, tls=ServerTls(key=b"no", certificate=b"PEM"))


def test_options_of_the_client_are_heeded_or_refused() -> None:
    config = MetadataStoreClientConfig(host="localhost", client_timeout_sec=2.5)
    config.channel_arguments.http2_max_ping_strikes = 7
    config.channel_arguments.max_receive_message_length = 1000
    target = wire_target(config)
    assert target is not None
    assert (target.timeout, target.max_ping_strikes, target.max_message_bytes) == (2.5, 7, 1000)
    for wrong in (
        MetadataStoreClientConfig(host="localhost", client_timeout_sec=0),
        MetadataStoreClientConfig(host="localhost", ssl_config={"client_key": "PEM"}),
    ):
        with pytest.raises(ConfigError):
            wire_target(wrong)
