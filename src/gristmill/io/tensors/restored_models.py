"""Models on disk, restored as graphs: what evaluation and inference both begin with.

Only graphs are restored: no Python code that lies in a model is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["KERAS_ARCHIVE", "call_keras_model", "keras_input_specs", "load_keras_archive", "restore_saved_model"]

KERAS_ARCHIVE = ".keras"
"""How the name of a model ends that Keras saved as one file."""


def restore_saved_model(path: str, tags: Sequence[str]) -> Any:
    """Restore a SavedModel directory, on any file system.

    Raises:
        DataError: it cannot be restored.
    """
    try:
        with _local_copy(path) as local:
            return tf.saved_model.load(local, tags=list(tags))
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"the SavedModel cannot be restored: {error}",
            place=Place(uri=path),
            hint="check the tags, and that every file of the model is there",
        ) from error


def load_keras_archive(path: str) -> Any:
    """The Keras model of a ``.keras`` file, on any file system, without what it was compiled with.

    Raises:
        DataError: it cannot be loaded.
    """
    import keras

    try:
        with _local_copy(path) as local:
            return keras.saving.load_model(local, compile=False, safe_mode=True)
    except (OSError, TypeError, ValueError) as error:
        raise DataError(
            f"the Keras model cannot be loaded: {error}",
            place=Place(uri=path),
            hint="a model with classes of its own is exported with model.export, as a SavedModel",
        ) from error


def keras_input_specs(model: Any) -> dict[str, tf.TensorSpec]:
    """The inputs of a built Keras model (Keras 2 or 3) by name; the first dimension is None."""
    return {tensor.name: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype) for tensor in model.inputs}


def call_keras_model(model: Any, inputs: Mapping[str, Any]) -> Any:
    """Predict with a built Keras model; ``inputs`` are in the order of :func:`keras_input_specs`."""
    structure = getattr(model, "_inputs_struct", None) or model.input
    if isinstance(structure, Mapping):
        return model(dict(inputs), training=False)
    ordered = list(inputs.values())
    return model(ordered if len(ordered) > 1 else ordered[0], training=False)


@contextmanager
def _local_copy(path: str) -> Iterator[str]:
    """A path that TensorFlow can open. What it restores holds nothing of the files once it is restored."""
    if filesystem.is_local(path):
        yield filesystem.local_path(path)
        return
    with tempfile.TemporaryDirectory(prefix="gristmill-model-") as folder:
        copy = filesystem.join(folder, path.rstrip("/").rpartition("/")[2])
        if filesystem.is_dir(path):
            filesystem.copy_tree(path, copy)
        else:
            filesystem.copy_file(path, copy)
        yield copy
