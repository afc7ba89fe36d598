"""Hyperparameters: names and values of the best ones that a tuner found."""

from __future__ import annotations

import json
from typing import Any

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import payload_files, payload_path, read_head
from gristmill.artifact_views.plain import plain_view
from gristmill.display import View
from gristmill.display.elements import Column, details, table
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import HyperParameters

__all__ = ["hyperparameters_view"]

_FILE = "best_hyperparameters.txt"  # JSON, as KerasTuner's HyperParameters.get_config() gives it
_LARGEST = 1 << 20  # bytes
_LENGTH = 200  # characters of a value


@registers(HyperParameters)
def hyperparameters_view(artifact: Artifact) -> View:
    """The values as a table, and the files."""
    plain = plain_view(artifact)
    if _FILE not in {file.name for file in payload_files(artifact).files}:
        return plain
    head, is_cut = read_head(payload_path(artifact, _FILE), _LARGEST)
    values = {} if is_cut else _values(head)
    if not values:
        return plain
    rows = [(name, shortened(_text(value), _LENGTH)) for name, value in values.items()]
    shown = table([Column("hyperparameter"), Column("value")], rows, searchable=len(rows) > 10)
    return View(artifact.type_name, shown + details("As it is stored", plain.body))


def _values(content: bytes) -> dict[str, Any]:
    """The values by name; none where the file is something else."""
    try:
        config = json.loads(content)
    except ValueError:
        return {}
    values = config.get("values", config) if isinstance(config, dict) else {}
    return dict(values) if isinstance(values, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
