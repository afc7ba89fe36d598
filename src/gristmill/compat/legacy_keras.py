"""Keras 2 for code of the family: TensorFlow decides which Keras it has when it is loaded."""

from __future__ import annotations

import os
import sys

from gristmill.errors import ConfigError

__all__ = ["use_legacy_keras"]

_VARIABLE = "TF_USE_LEGACY_KERAS"
_YES = ("1", "true", "True")  # what TensorFlow takes for a yes


def use_legacy_keras() -> None:
    """Have TensorFlow load Keras 2, unless the environment decides about it already.

    Raises:
        ConfigError: it is too late: TensorFlow has been loaded with Keras 3.
    """
    if os.environ.get(_VARIABLE, _YES[0]) in _YES and _has_keras_3():
        raise ConfigError(
            "TensorFlow was imported before gristmill.compat, with Keras 3; the TFX family's code is for Keras 2",
            hint="start Python (the notebook's kernel) again with gristmill.compat first; "
            f"for code that is written for Keras 3, set {_VARIABLE}=0 in the environment",
        )
    os.environ.setdefault(_VARIABLE, _YES[0])


def _has_keras_3() -> bool:
    """Whether TensorFlow is loaded, and ``tf.keras`` is the package ``keras`` rather than ``tf_keras``."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.keras.Model.__module__.partition(".")[0] == "keras"
