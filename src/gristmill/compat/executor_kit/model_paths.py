"""The functions of ``tfx.utils.path_utils``: where a Model artifact keeps its formats."""

from __future__ import annotations

from gristmill.components.model_directory import EVAL_FORMAT, SERVING_FORMAT
from gristmill.io import filesystem

__all__ = ["eval_model_dir", "eval_model_path", "serving_model_dir", "serving_model_path"]


def serving_model_dir(output_uri: str) -> str:
    """Where a trainer writes the model that is served."""
    return filesystem.join(output_uri, SERVING_FORMAT)


def eval_model_dir(output_uri: str) -> str:
    """Where a trainer may write a model for evaluation."""
    return filesystem.join(output_uri, EVAL_FORMAT)


def serving_model_path(output_uri: str) -> str:
    """The model that is served; one that was imported as a bare folder is that folder."""
    return _existing(serving_model_dir(output_uri)) or output_uri


def eval_model_path(output_uri: str) -> str:
    """The model that is evaluated: the one for evaluation where there is one, else the one that is served."""
    return _existing(eval_model_dir(output_uri)) or serving_model_path(output_uri)


def _existing(path: str) -> str | None:
    return path if filesystem.exists(path) else None
