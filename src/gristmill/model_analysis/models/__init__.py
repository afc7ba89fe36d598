"""Models under evaluation. Only the modules of this folder may import TensorFlow, and this file does not."""

from __future__ import annotations

from gristmill.model_analysis.models.eval_shared_model import (
    EvalSharedModel,
    ModelLoader,
    default_eval_shared_model,
)
from gristmill.model_analysis.models.predictor import ModelOutputs, Predictor

__all__ = ["EvalSharedModel", "ModelLoader", "ModelOutputs", "Predictor", "default_eval_shared_model"]
