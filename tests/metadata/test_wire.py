"""The store over the wire: the client passes the suite of every back end, and both ends keep within bounds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("grpc")

import grpc

from gristmill.errors import ConfigError
from gristmill.metadata import ListOptions, MetadataStore, OrderByField, errors
from gristmill.metadata.kinds import ARTIFACT
from gristmill.metadata.listing import Scope
from gristmill.metadata.wire.answers import ANSWERS
from gristmill.metadata.wire.protocol import METHODS
from gristmill.metadata.wire.server import MetadataServer, ServerTls
from gristmill.metadata.wire.stub import MetadataStoreServiceStub
from gristmill.proto import metadata_store_service_pb2 as service
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    ContextType,
    ExecutionType,
    ListOperationOptions,
    MetadataStoreClientConfig,
)
from gristmill.testing.metadata import MetadataStoreSuite


@pytest.fixture
def served() -> Iterator[MetadataStore]:
    """A store behind a server."""
    with MetadataStore("sqlite://") as store:
        yield store


@pytest.fixture
def server(served: MetadataStore) -> Iterator[MetadataServer]:
    with MetadataServer(served, port=0) as started:
        yield started


class TestOverTheWire(MetadataStoreSuite):
    @pytest.fixture
    def store(self, server: MetadataServer) -> Iterator[MetadataStore]:
        with MetadataStore(f"grpc://{server.address}") as client:
            yield client


def call(server: MetadataServer, method: str, request: Any) -> Any:
    """A call as another program would make it."""
    with grpc.insecure_channel(server.address) as channel:
        return getattr(MetadataStoreServiceStub(channel), method)(request, timeout=30)


def models(store: MetadataStore, count: int) -> list[int]:
    type_id = store.put_artifact_type(ArtifactType(name="Model"))
    return store.put_artifacts([Artifact(type_id=type_id, uri=f"models/{number}") for number in range(count)])


def test_every_method_of_the_published_service_has_an_answer() -> None:
    assert len(METHODS) == 52
    assert ANSWERS.keys() == METHODS.keys()


def test_it_listens_on_this_machine_alone_unless_told_otherwise(served: MetadataStore) -> None:
    with MetadataServer(served, port=0) as server:
        assert server.address == f"127.0.0.1:{server.port}"
        with pytest.raises(ConfigError, match="cannot listen"):
            MetadataServer(served, port=server.port)


def test_pages_follow_one_another_until_all_was_told(server: MetadataServer, served: MetadataStore) -> None:
    ids = models(served, 7)
    options = ListOperationOptions(max_result_size=3)
    options.order_by_field.field = ListOperationOptions.OrderByField.CREATE_TIME
    options.order_by_field.is_asc = False
    pages = []
    while True:
        answer = call(server, "GetArtifacts", service.GetArtifactsRequest(options=options))
        pages.append([artifact.id for artifact in answer.artifacts])
        if not answer.next_page_token:
            break
        options.next_page_token = answer.next_page_token
    newest_first = ids[::-1]
    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]


def test_a_page_that_ends_with_the_last_node_has_no_token(server: MetadataServer, served: MetadataStore) -> None:
    models(served, 3)
    request = service.GetArtifactsRequest(options=ListOperationOptions(max_result_size=3))
    answer = call(server, "GetArtifacts", request)
    assert len(answer.artifacts) == 3
    assert not answer.HasField("next_page_token")


def test_a_token_of_another_listing_is_refused(server: MetadataServer, served: MetadataStore) -> None:
    models(served, 3)
    options = ListOperationOptions(max_result_size=1)
    token = call(server, "GetArtifacts", service.GetArtifactsRequest(options=options)).next_page_token
    options.next_page_token = token
    options.filter_query = "id = 1"
    wrong = [options, ListOperationOptions(next_page_token="?"), ListOperationOptions(max_result_size=0)]
    for asked in wrong:
        with pytest.raises(grpc.RpcError) as raised:
            call(server, "GetArtifacts", service.GetArtifactsRequest(options=asked))
        assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_the_client_fetches_all_pages(server: MetadataServer, served: MetadataStore) -> None:
    ids = models(served, 2345)
    with MetadataStore(f"grpc://{server.address}") as client:
        assert [artifact.id for artifact in client.get_artifacts()] == ids
        assert [artifact.id for artifact in client.get_artifacts_by_type("Model")] == ids
        assert [artifact.id for artifact in client.get_artifacts_by_id(ids)] == ids
        newest = client.get_artifacts(ListOptions(limit=1100, order_by=OrderByField.ID, is_asc=False))
        assert [artifact.id for artifact in newest] == ids[: -1100 - 1 : -1]


def test_a_client_refuses_the_listing_that_the_service_does_not_know(server: MetadataServer) -> None:
    with MetadataStore(f"grpc://{server.address}") as client, pytest.raises(errors.UnimplementedError):
        client.backend.get_nodes(ARTIFACT, None, Scope(context_id=1, type_name="Model"))


def test_types_of_all_kinds_are_put_in_one_transaction(server: MetadataServer, served: MetadataStore) -> None:
    served.put_execution_type(ExecutionType(name="Trainer", properties={"steps": 1}))
    request = service.PutTypesRequest(
        artifact_types=[ArtifactType(name="Model")],
        execution_types=[ExecutionType(name="Trainer", properties={"steps": 2})],
        context_types=[ContextType(name="run")],
    )
    with pytest.raises(grpc.RpcError) as raised:
        call(server, "PutTypes", request)
    assert raised.value.code() == grpc.StatusCode.ALREADY_EXISTS
    assert served.get_artifact_types() == []
    request.execution_types[0].properties["steps"] = 1
    answer = call(server, "PutTypes", request)
    assert [list(answer.artifact_type_ids), list(answer.context_type_ids)] == [[11], [12]]


def test_an_artifact_that_somebody_else_has_changed_is_not_overwritten(
    server: MetadataServer, served: MetadataStore
) -> None:
    [artifact_id] = models(served, 1)
    [read] = served.get_artifacts_by_id([artifact_id])
    request = service.PutArtifactsRequest(artifacts=[read])
    request.options.abort_if_latest_updated_time_changed = True
    call(server, "PutArtifacts", request)
    request.artifacts[0].last_update_time_since_epoch -= 1
    with pytest.raises(grpc.RpcError) as raised:
        call(server, "PutArtifacts", request)
    assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_methods_and_options_that_are_gone_say_so(server: MetadataServer) -> None:
    for method, request in (
        ("GetLineageGraph", service.GetLineageGraphRequest()),
        ("PutArtifactType", service.PutArtifactTypeRequest(artifact_type={"name": "A"}, all_fields_match=False)),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            call(server, method, request)
        assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_messages_larger_than_agreed_are_refused_in_both_directions(served: MetadataStore) -> None:
    type_id = served.put_artifact_type(ArtifactType(name="Model"))
    with MetadataServer(served, port=0, max_message_bytes=10_000) as server:
        with MetadataStore(f"grpc://{server.address}") as client:
            with pytest.raises(errors.ResourceExhaustedError):
                client.put_artifacts([Artifact(type_id=type_id, uri="x" * 20_000)])
            client.put_artifacts([Artifact(type_id=type_id, uri="x" * 6_000)])
            client.put_artifacts([Artifact(type_id=type_id, uri="x" * 6_000)])
        with pytest.raises(grpc.RpcError) as raised:
            call(server, "GetArtifacts", service.GetArtifactsRequest())
        assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "max_result_size" in raised.value.details()


def test_a_server_that_is_not_there_is_a_typed_error_with_a_hint(served: MetadataStore) -> None:
    with MetadataServer(served, port=0) as server:
        address = server.address
    with pytest.raises(errors.UnavailableError, match="Hint: is the server running") as raised:
        MetadataStore(f"grpc://{address}?timeout=5")
    assert address in str(raised.value)


def test_hints_and_codes_survive_the_way(server: MetadataServer) -> None:
    with MetadataStore(f"grpc://{server.address}") as client, MetadataStore("sqlite://") as direct:
        for store in (client, direct):
            with pytest.raises(errors.InvalidArgumentError) as raised:
                store.get_artifacts(ListOptions(filter_query="no_such_field = 1"))
            store.said = str(raised.value)  # type: ignore[attr-defined]
        assert client.said == direct.said  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "grpc://",
        "grpc://host:port",
        "grpc://host:1/path",
        "grpc://ada:secret@host",
        "grpc://host?ca=x",
        "grpc://h?timeout=no",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        MetadataStore(url)
    assert "secret" not in str(raised.value)


def test_a_server_is_not_asked_to_migrate() -> None:
    with pytest.raises(ConfigError, match="migrates its database itself"):
        MetadataStore(MetadataStoreClientConfig(host="localhost"), enable_upgrade_migration=True)


def certificates(folder: Path) -> dict[str, bytes]:
    """An authority, and what it signed for a server on this machine and for a client; PEM texts by file name."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("certificates are made with openssl")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    for name in ("server", "client"):
        run("req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed_by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
        run("x509", "-req", "-in", f"{name}.csr", *signed_by, "-out", f"{name}.pem", "-days", "2")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_encrypted_server_takes_clients_that_trust_it_and_have_a_certificate(
    served: MetadataStore, tmp_path: Path
) -> None:
    pem = certificates(tmp_path)
    tls = ServerTls(pem["server.key"], pem["server.pem"], client_ca=pem["ca.pem"])
    with MetadataServer(served, port=0, tls=tls) as server:
        place = f"localhost:{server.port}"
        known = f"grpcs://{place}?ca={tmp_path}/ca.pem&cert={tmp_path}/client.pem&key={tmp_path}/client.key"
        with MetadataStore(known) as client:
            assert client.put_context_type(ContextType(name="run")) == 10
        config = MetadataStoreClientConfig(host="localhost", port=server.port)
        config.ssl_config.custom_ca = pem["ca.pem"].decode()
        config.ssl_config.server_cert = pem["client.pem"].decode()
        config.ssl_config.client_key = pem["client.key"].decode()
        with MetadataStore(config) as client:
            assert [type_.name for type_ in client.get_context_types()] == ["run"]
        strangers = (
            f"grpc://{place}?timeout=5",
            f"grpcs://{place}?timeout=5",
            f"grpcs://{place}?timeout=5&ca={tmp_path}/ca.pem",
        )
        for stranger in strangers:
            with pytest.raises(errors.UnavailableError):
                MetadataStore(stranger)


@pytest.mark.peer
def test_the_original_client_works_with_the_server(server: MetadataServer, served: MetadataStore) -> None:
    python = os.environ.get("GRISTMILL_MLMD_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_MLMD_PYTHON to a Python that has ml-metadata")
    script = Path(__file__).with_name("wire_peer.py")
    done = subprocess.run([python, str(script), server.address], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert "Missing" in found.pop("not_found")
    assert found == {
        "accuracy": 0.75,
        "all": 251,
        "by_type": 251,
        "by_uri": [True],
        "context": True,
        "in_context": 1,
        "lineage": [1, 1, 1, 1],
        "listed": True,
        "types": ["Model"],
    }
    assert len(served.get_artifacts()) == 251
