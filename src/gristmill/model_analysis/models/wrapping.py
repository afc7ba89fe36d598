"""Makes a predictor of whatever a custom model loader returns."""

from __future__ import annotations

from typing import Any

from gristmill.errors import ConfigError
from gristmill.model_analysis.models.predictor import Predictor

__all__ = ["as_predictor"]


def as_predictor(model: Any, path: str) -> Predictor:
    """The model as a :class:`Predictor`.

    Raises:
        ConfigError: it is neither a predictor, nor a restored SavedModel, nor a Keras model.
    """
    if isinstance(model, Predictor):
        return model
    if hasattr(model, "signatures"):
        from gristmill.model_analysis.models.saved_model import SavedModelPredictor

        return SavedModelPredictor(model, path, ())
    if hasattr(model, "layers") and callable(model):
        from gristmill.model_analysis.models.keras_model import KerasPredictor

        return KerasPredictor(model, ())
    raise ConfigError(
        "a model loader must return a restored SavedModel, a Keras model, or an object with outputs(batch, spec) and"
        " carried_metrics()",
        value=type(model).__name__,
    )
