"""Metadata on disk: a folder with ``schema.pbtxt``."""

from __future__ import annotations

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import DataError, Place
from gristmill.io import filesystem
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata

__all__ = ["SCHEMA_FILE", "read_metadata", "write_metadata"]

SCHEMA_FILE = "schema.pbtxt"


def read_metadata(path: str) -> DatasetMetadata:
    """The metadata in the folder ``path``.

    Raises:
        FileNotFoundError: there is no schema.
        DataError: the schema does not parse.
    """
    uri = filesystem.join(path, SCHEMA_FILE)
    try:
        return DatasetMetadata(text_format.Parse(filesystem.read_text(uri), schema_pb2.Schema()))
    except text_format.ParseError as error:
        raise DataError(
            "a schema must be a Schema message in text format",
            place=Place(uri, line=error.GetLine()),
            value=str(error),
            hint="the file is damaged, or something else's: run the transform again",
        ) from error


def write_metadata(metadata: DatasetMetadata, path: str) -> None:
    """Write the metadata into the folder ``path``."""
    filesystem.make_dirs(path)
    filesystem.write_text(filesystem.join(path, SCHEMA_FILE), text_format.MessageToString(metadata.schema))
