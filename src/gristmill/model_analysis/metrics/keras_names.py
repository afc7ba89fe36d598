"""Which Keras metrics are computed here, under which name, and with which of their parameters.

A Keras metric with an equal formula here is computed with numpy, for all slices at once. Settings that change the
formula (logits, several labels, another dtype) leave it to Keras' own object.
"""

from __future__ import annotations

from typing import Any

__all__ = ["KERAS_ONLY", "OUR_NAME", "from_user_module", "is_computed_here", "without_keras_defaults"]

OUR_NAME = {
    "BinaryCrossentropy": "BinaryCrossEntropy",
    "CategoricalCrossentropy": "CategoricalCrossEntropy",
    "SparseCategoricalCrossentropy": "SparseCategoricalCrossEntropy",
}
"""Keras' spelling of a class name -> ours."""

KERAS_ONLY = (
    "BinaryIoU",
    "CategoricalHinge",
    "CosineSimilarity",
    "FBetaScore",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "MeanIoU",
    "MeanRelativeError",
    "OneHotIoU",
    "OneHotMeanIoU",
    "Poisson",
    "R2Score",
    "SquaredHinge",
)
"""Metrics that only Keras computes."""

_NOT_THE_USERS = ("tf_keras", "keras", "tensorflow", "tensorflow_model_analysis", "gristmill")

_NEUTRAL: dict[str, dict[str, tuple[Any, ...]]] = {
    "AUC": {
        "multi_label": (False, None),
        "num_labels": (None,),
        "label_weights": (None,),
        "from_logits": (False, None),
    },
    "SparseCategoricalCrossEntropy": {"axis": (-1, None), "ignore_class": (None,)},
    "CategoricalCrossEntropy": {"axis": (-1, None)},
}
"""Parameters that only Keras has, with the values at which they change nothing."""


def from_user_module(module: str) -> bool:
    """Whether a MetricConfig's module is the user's own, neither Keras' nor the family's."""
    return bool(module) and module.split(".")[0] not in _NOT_THE_USERS


def is_computed_here(name: str, parameters: dict[str, Any]) -> bool:
    """Whether our formula holds for these Keras parameters."""
    if parameters.get("dtype", "float32") not in ("float32", None):
        return False
    return all(parameters.get(key, allowed[0]) in allowed for key, allowed in _NEUTRAL.get(name, {}).items())


def without_keras_defaults(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters without those that only Keras has."""
    dropped = {"dtype", *_NEUTRAL.get(name, {})}
    kept = {key: value for key, value in parameters.items() if key not in dropped}
    written_by_keras = len(kept) < len(parameters)
    if written_by_keras and kept.get("thresholds") is not None:
        kept.pop("num_thresholds", None)  # Keras writes both, and means the thresholds
    return kept
