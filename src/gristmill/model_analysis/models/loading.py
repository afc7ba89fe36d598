"""Loads models from disk. Only graphs are restored: no Python code that lies in a model is run."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.io.tensors.restored_models import KERAS_ARCHIVE, load_keras_archive, restore_saved_model
from gristmill.model_analysis.models.carried_metrics import carried_by_archive, carried_by_saved_model
from gristmill.model_analysis.models.keras_model import KerasPredictor
from gristmill.model_analysis.models.predictor import Predictor
from gristmill.model_analysis.models.saved_model import SavedModelPredictor

__all__ = ["load_model"]


def load_model(path: str, tags: Sequence[str]) -> Predictor:
    """Load a SavedModel directory or a ``.keras`` archive.

    A Keras 2 SavedModel is restored as a graph too; what it was compiled with is read from its metadata, so that no
    layer has to be built again and no custom class is needed.

    Raises:
        DataError: the model cannot be restored.
    """
    if path.endswith(KERAS_ARCHIVE):
        return KerasPredictor(load_keras_archive(path), carried_by_archive(path))
    restored = restore_saved_model(path, tags)
    return SavedModelPredictor(restored, path, carried_by_saved_model(path))
