"""A Keras layer that applies a saved transform, for Keras 2 (tf-keras) and Keras 3.

``tf.keras`` is one or the other, by the environment variable ``TF_USE_LEGACY_KERAS``. A layer of one cannot be part of
a model of the other, so the layer follows ``tf.keras`` unless told otherwise.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import tensorflow as tf

from gristmill.errors import ConfigError, MissingExtraError
from gristmill.transform.saved_graph import LoadedTransform

__all__ = ["TransformFeaturesLayer", "features_layer"]

_KERAS = ("keras", "tf_keras")


class _HasTransform(Protocol):
    transform_savedmodel_dir: str


def TransformFeaturesLayer(  # noqa: N802 - published as a class; which class depends on the Keras in use
    tft_output: _HasTransform, exported_as_v1: bool | None = None, keras: str | None = None
) -> Any:
    """A layer from a dict of raw features to a dict of transformed ones.

    Args:
        tft_output: a TFTransformOutput.
        exported_as_v1: must not be True: transforms of TensorFlow 1 are not loaded here.
        keras: ``"keras"`` (Keras 3) or ``"tf_keras"`` (Keras 2); what ``tf.keras`` is by default.

    Raises:
        ConfigError: a transform of TensorFlow 1 is asked for, or another Keras.
        MissingExtraError: that Keras is not installed.
    """
    if exported_as_v1:
        raise ConfigError(
            "a transform exported by TensorFlow 1 cannot be loaded as a layer",
            hint="run Transform again with TensorFlow 2, and leave exported_as_v1 out",
        )
    return features_layer(tft_output.transform_savedmodel_dir, keras)


def features_layer(saved_model_dir: str, keras: str | None = None) -> Any:
    """The layer for the transform in ``saved_model_dir``; ``keras`` as in :func:`TransformFeaturesLayer`.

    Called with some of the raw features, the layer gives every output that can be computed from them. It has no
    trainable variables, and is saved along with a model that it is an attribute of: vocabularies included, as assets.
    """
    if keras is not None and keras not in _KERAS:
        raise ConfigError(f"keras must be one of {_KERAS}", value=keras)
    return _layer_class(keras or _keras_in_use())(saved_model_dir)


def _keras_in_use() -> str:
    module = tf.keras.layers.Layer.__module__
    return "tf_keras" if module.split(".")[0] == "tf_keras" else "keras"


@cache
def _layer_class(keras: str) -> Any:
    try:
        base: Any = importlib.import_module(keras).layers.Layer
    except ImportError as error:
        raise MissingExtraError(keras.replace("_", "-"), "tensorflow", "This transform layer") from error

    class TransformFeatures(base):  # type: ignore[misc]  # the base is known only now
        """Applies the transform; see ``features_layer``."""

        def __init__(self, saved_model_dir: str) -> None:
            super().__init__(trainable=False, name="transform_features_layer")
            self._transform = LoadedTransform(saved_model_dir)
            self._saved_model = self._transform.loaded  # tracked: tables and assets are saved with the model
            self.built = True  # there is nothing to build, and Keras 3 exports built layers only

        def call(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
            """Transformed features of the raw ones."""
            return self._transform(dict(inputs))

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            """Transformed features carry no mask."""
            del inputs, mask

    return TransformFeatures
