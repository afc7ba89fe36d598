"""A transform graph: schemas before and after, vocabularies, and where buckets are cut; read without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import files_markup, payload_files, whole_file
from gristmill.artifact_views.refusal import or_refusal
from gristmill.artifact_views.vocabularies import vocabularies_markup
from gristmill.data_validation import load_schema_text
from gristmill.data_validation.display import schema_view
from gristmill.display import View, compose
from gristmill.display.elements import Column, table
from gristmill.display.numbers import number
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import TransformGraph
from gristmill.proto.transform_annotations_pb2 import BucketBoundaries

__all__ = ["transform_graph_view"]

_RAW = ("metadata", "schema.pbtxt")
_TRANSFORMED = ("transformed_metadata", "schema.pbtxt")
_BOUNDARIES = "type.googleapis.com/tensorflow.transform.annotations.BucketBoundaries"
_SHOWN = 20  # boundaries of one feature


@registers(TransformGraph)
def transform_graph_view(artifact: Artifact) -> View:
    """Transformed schema, vocabularies, bucket boundaries, raw schema, files."""
    found = payload_files(artifact)

    def transformed() -> schema_pb2.Schema:
        return load_schema_text(whole_file(artifact, *_TRANSFORMED))

    def raw() -> schema_pb2.Schema:
        return load_schema_text(whole_file(artifact, *_RAW))

    parts: dict[str, Callable[[], Markup]] = {
        "Vocabularies": lambda: vocabularies_markup(artifact, found, transformed()),
        "Buckets": lambda: _boundaries_markup(transformed()),
        "Transformed features": lambda: schema_view(transformed()).body,
        "Raw features": lambda: schema_view(raw()).body,
        f"Files: {found.in_words()}": lambda: files_markup(found),
    }
    sections = [View(title, or_refusal(artifact, part)) for title, part in parts.items()]
    return compose(artifact.type_name, [section for section in sections if section.body])


def _boundaries_markup(schema: schema_pb2.Schema) -> Markup:
    """Where bucketized features are cut, as their annotations tell; nothing where none is."""
    rows = []
    for feature in schema.feature:
        for annotation in feature.annotation.extra_metadata:
            if annotation.type_url == _BOUNDARIES:
                cuts = list(BucketBoundaries.FromString(annotation.value).boundaries)
                more = ", …" if len(cuts) > _SHOWN else ""
                rows.append((feature.name, len(cuts) + 1, escape(", ".join(map(number, cuts[:_SHOWN])) + more)))
    columns = [Column("feature"), Column("buckets", numeric=True), Column("boundaries")]
    return table(columns, rows) if rows else Markup("")
