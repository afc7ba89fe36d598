"""Anomalies: what contradicts the schema, in each split."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import anomalies_pb2

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import whole_file
from gristmill.artifact_views.split_views import loaded_splits, split_title
from gristmill.data_validation import load_anomalies_text
from gristmill.data_validation.display import anomalies_view
from gristmill.display import View, compose
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import ExampleAnomalies
from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["example_anomalies_view", "load_anomalies"]

_FILE = "SchemaDiff.pb"
_OLD_FILE = "anomalies.pbtxt"  # the name in releases of the family before 0.23, in text format


@registers(ExampleAnomalies)
def example_anomalies_view(artifact: Artifact) -> View:
    """The anomalies of each split."""
    loaded, refused = loaded_splits(artifact, lambda folder: load_anomalies(artifact, folder))
    sections = [View(split_title(name), anomalies_view(anomalies).body) for name, anomalies in loaded.items()]
    return compose(artifact.type_name, [*sections, *refused.values()])


def load_anomalies(artifact: Artifact, folder: str) -> anomalies_pb2.Anomalies:
    """The anomalies in one folder of the artifact.

    Raises:
        DataError: the file is damaged.
        FileNotFoundError: there is none.
    """
    old = whole_file(artifact, folder, _OLD_FILE)
    if filesystem.exists(old):
        return load_anomalies_text(old)
    uri = whole_file(artifact, folder, _FILE)
    try:
        return anomalies_pb2.Anomalies.FromString(filesystem.read_bytes(uri))
    except DecodeError as error:
        raise DataError("These bytes are not a binary Anomalies message", place=Place(uri=uri)) from error
