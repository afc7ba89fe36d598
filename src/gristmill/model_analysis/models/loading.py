"""Loads models from disk. Only graphs are restored: no Python code that lies in a model is run."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.errors import DataError, Place
from gristmill.io import tensors as _tensors  # noqa: F401 - first: checks that TensorFlow is there and quiets it
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
    import tensorflow as tf

    if path.endswith(".keras"):
        import keras

        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        return KerasPredictor(model, carried_by_archive(path))
    try:
        restored = tf.saved_model.load(path, tags=list(tags))
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"the SavedModel cannot be restored: {error}",
            place=Place(uri=path),
            hint="check the tags, and that every file of the model is there",
        ) from error
    return SavedModelPredictor(restored, path, carried_by_saved_model(path))
