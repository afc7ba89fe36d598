"""What a signature is for, and the names of outputs that go with it, as TensorFlow Serving has them."""

from __future__ import annotations

from enum import Enum

__all__ = ["CLASSES", "REGRESSION_OUTPUT", "SCORES", "Method"]

CLASSES = "classes"
SCORES = "scores"
REGRESSION_OUTPUT = "outputs"


class Method(Enum):
    """The method names of signatures. Those that TensorFlow 2 saves are all ``PREDICT``."""

    CLASSIFY = "tensorflow/serving/classify"
    REGRESS = "tensorflow/serving/regress"
    PREDICT = "tensorflow/serving/predict"
