"""Where a Model artifact keeps its formats."""

from __future__ import annotations

from gristmill.dsl.artifact import Artifact
from gristmill.io import filesystem

__all__ = ["EVAL_FORMAT", "SERVING_FORMAT", "eval_directory", "serving_directory"]

SERVING_FORMAT = "Format-Serving"
EVAL_FORMAT = "Format-TFMA"


def serving_directory(model: Artifact) -> str:
    """The model as it is served; a model that was imported as a bare directory is that directory."""
    directory = filesystem.join(model.uri, SERVING_FORMAT)
    return directory if filesystem.exists(directory) else model.uri


def eval_directory(model: Artifact) -> str:
    """The model as it is evaluated: its own format where the trainer wrote one, else the one that is served."""
    directory = filesystem.join(model.uri, EVAL_FORMAT)
    return directory if filesystem.exists(directory) else serving_directory(model)
