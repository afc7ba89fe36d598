"""Vocabularies of a transform: name, size, and the first entries, which are the most frequent ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from markupsafe import Markup, escape
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.artifact_views.payload_files import (
    PayloadFiles,
    payload_path,
    read_head,
    whole_file,
)
from gristmill.display.elements import Cell, Column, table
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.io import filesystem, tfrecord
from gristmill.io.json_object import read_json_object
from gristmill.proto.transform_annotations_pb2 import VocabularyMetadata
from gristmill.size_in_words import bytes_in_words

__all__ = ["vocabularies_markup"]

_ASSETS = "transform_fn/assets/"
_ASSET_MAP = ("transformed_metadata", "asset_map")
_RECORDS = ".tfrecord.gz"  # how the name of a vocabulary in records ends; others are text
_FIRST = 10  # entries shown
_HEAD = 65536  # bytes of a file in which the first entries are looked for
_LENGTH = 40  # characters of an entry
_COUNTED = 16 << 20  # bytes of a file whose lines are counted, where the schema does not tell their number
_VOCABULARY = "type.googleapis.com/tensorflow.transform.annotations.VocabularyMetadata"


def vocabularies_markup(artifact: Artifact, found: PayloadFiles, schema: schema_pb2.Schema) -> Markup:
    """The vocabularies as a table; nothing where there are none.

    Args:
        artifact: a transform graph.
        found: its files.
        schema: of the transformed features, which tells the sizes of vocabularies.
    """
    sizes = _recorded_sizes(schema)
    names = _names(artifact)
    rows = []
    for file in found.files:
        if not file.name.startswith(_ASSETS) or file.is_outside:
            continue
        base = file.name.removeprefix(_ASSETS)
        uri = payload_path(artifact, file.name)
        size = sizes.get(base) or _counted(uri, file.size)
        entries = ", ".join(shortened(entry, _LENGTH) for entry in _first_entries(uri))
        length = "" if file.size is None else Cell(bytes_in_words(file.size), sort_key=file.size)
        rows.append((names.get(base, base), size, escape(entries), length))
    if not rows:
        return Markup("")
    return table([Column("vocabulary"), Column("entries", numeric=True), Column("first entries"),
                  Column("file", numeric=True)], rows)  # fmt: skip


def _recorded_sizes(schema: schema_pb2.Schema) -> dict[str, int]:
    sizes = {}
    for annotation in schema.annotation.extra_metadata:
        if annotation.type_url == _VOCABULARY:
            recorded = VocabularyMetadata.FromString(annotation.value)
            sizes[recorded.file_name] = recorded.filtered_vocabulary_size
    return sizes


def _names(artifact: Artifact) -> Mapping[str, str]:
    """The names by which users know the files, by the names of the files."""
    uri = whole_file(artifact, *_ASSET_MAP)
    if not filesystem.exists(uri):
        return {}
    return {str(file): str(name) for name, file in read_json_object(uri).items()}


def _first_entries(uri: str) -> list[str]:
    if uri.endswith(_RECORDS):
        entries = list(islice(tfrecord.read_records(uri), _FIRST))
    else:  # without looking for the end of a line that may be as long as the file
        entries = read_head(uri, _HEAD)[0].splitlines()[:_FIRST]
    return [entry.decode("utf-8", "replace") for entry in entries]


def _counted(uri: str, size: int | None) -> int | None:
    """The number of entries; None where the file is too large to count for a table."""
    return None if size is None or size > _COUNTED else sum(1 for _ in _entries(uri))


def _entries(uri: str) -> Iterator[bytes]:
    if uri.endswith(_RECORDS):
        yield from tfrecord.read_records(uri)
        return
    with filesystem.open_input(uri) as stream:
        for line in stream:
            yield line.rstrip(b"\n")
