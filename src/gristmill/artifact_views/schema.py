"""A schema: its features and domains."""

from __future__ import annotations

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import payload_path, whole_file
from gristmill.data_validation import load_schema_text
from gristmill.data_validation.display import schema_view
from gristmill.display import View
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import Schema
from gristmill.io import filesystem

__all__ = ["schema_artifact_view"]

_FILE = "schema.pbtxt"


@registers(Schema)
def schema_artifact_view(artifact: Artifact) -> View:
    """The schema of a schema artifact, which is a folder with the file or the file itself."""
    root = payload_path(artifact)
    uri = whole_file(artifact, _FILE) if filesystem.is_dir(root) else whole_file(artifact)
    return schema_view(load_schema_text(uri))
