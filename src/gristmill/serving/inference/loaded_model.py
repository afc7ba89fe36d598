"""A model in memory, with its signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem
from gristmill.io.tensors.restored_models import (
    KERAS_ARCHIVE,
    call_keras_model,
    keras_input_specs,
    load_keras_archive,
    restore_saved_model,
)
from gristmill.serving.inference.methods import Method
from gristmill.serving.inference.output_columns import DEFAULT_SIGNATURE
from gristmill.serving.inference.signature import Signature

import tensorflow as tf  # isort: skip - after io.tensors, which quiets it

__all__ = ["GRAPH_FILE", "LoadedModel", "load_model"]

GRAPH_FILE = "saved_model.pb"


class LoadedModel:
    """The signatures of a model.

    Args:
        uri: where it came from, for errors.
        signatures: by name.
    """

    def __init__(self, uri: str, signatures: Mapping[str, Signature]) -> None:
        self.uri = uri
        self.signatures = dict(signatures)

    def signature(self, name: str) -> Signature:
        """The signature of this name.

        Raises:
            ConfigError: there is none; names those that there are.
            NotSupportedError: it takes batches of one size only.
        """
        if not self.signatures:
            raise ConfigError(
                "the model has no signatures, so nothing says how it predicts",
                place=Place(uri=self.uri),
                hint="save it with tf.saved_model.save(model, path, signatures=…), or with model.export(path)",
            )
        if name not in self.signatures:
            raise ConfigError(
                f"the model has no signature {name!r}",
                place=Place(uri=self.uri),
                hint=did_you_mean(name, self.signatures, "it has"),
            )
        return _any_batch(self.signatures[name])


def load_model(
    uri: str, tags: Sequence[str], restore: Callable[[str, Sequence[str]], Any] | None = None
) -> LoadedModel:
    """Load a SavedModel directory, a ``.keras`` file, or a directory that holds one.

    Args:
        uri: the directory or file.
        tags: of the SavedModel's graph.
        restore: gives the restored SavedModel instead of TensorFlow's loader.

    Raises:
        ConfigError: there is no model.
        DataError: it cannot be restored.
    """
    archive = "" if restore else _archive(uri)
    if archive:
        return _keras_model(archive)
    restored = (restore or restore_saved_model)(uri, tags)
    methods = _method_names(uri, tags)
    signatures = {
        name: _restored_signature(name, function, methods.get(name, Method.PREDICT), uri)
        for name, function in restored.signatures.items()
    }
    return LoadedModel(uri, signatures)


def _archive(uri: str) -> str:
    """The ``.keras`` file to load; empty where the model is a SavedModel."""
    if not filesystem.exists(uri):
        raise ConfigError("there is no model at this path", place=Place(uri=uri))
    if uri.endswith(KERAS_ARCHIVE) and not filesystem.is_dir(uri):
        return uri
    if filesystem.exists(filesystem.join(uri, GRAPH_FILE)):
        return ""
    archives = [name for name in filesystem.list_dir(uri) if name.endswith(KERAS_ARCHIVE)]
    if len(archives) != 1:
        raise ConfigError(
            f"a model directory must hold a {GRAPH_FILE}, or one {KERAS_ARCHIVE} file",
            place=Place(uri=uri),
            value=archives or None,
            hint="name the directory that the trainer wrote, e.g. <model artifact>/Format-Serving",
        )
    return filesystem.join(uri, archives[0])


def _method_names(uri: str, tags: Sequence[str]) -> dict[str, Method]:
    """The method of each signature, which restored functions do not tell."""
    from tensorflow.core.protobuf import saved_model_pb2

    file = filesystem.join(uri, GRAPH_FILE)
    if not filesystem.exists(file):
        return {}
    saved = saved_model_pb2.SavedModel.FromString(filesystem.read_bytes(file))
    known = {method.value: method for method in Method}
    return {
        name: known[definition.method_name]
        for graph in saved.meta_graphs
        if set(graph.meta_info_def.tags) == set(tags)
        for name, definition in graph.signature_def.items()
        if definition.method_name in known
    }


def _restored_signature(name: str, function: Any, method: Method, uri: str) -> Signature:
    _, inputs = function.structured_input_signature
    return Signature(name, method, dict(inputs), tuple(sorted(function.structured_outputs)), function, uri)


def _any_batch(signature: Signature) -> Signature:
    for key, spec in signature.inputs.items():
        if spec.shape.rank and spec.shape[0] is not None:
            raise NotSupportedError(
                f"the signature {signature.name!r} takes batches of exactly {spec.shape[0]} rows",
                place=Place(uri=signature.model, column=key),
                hint="save it with None as the first dimension of its inputs; one that takes a sparse or ragged tensor "
                "needs a signature on serialized examples instead",
            )
    return signature


def _keras_model(uri: str) -> LoadedModel:
    model = load_keras_archive(uri)
    if not getattr(model, "inputs", None):
        raise DataError(
            "the Keras model was saved before it knew its inputs",
            place=Place(uri=uri),
            hint="call it once before saving it, or export it with model.export",
        )
    specs = keras_input_specs(model)
    outputs = tuple(sorted(_named(model.output)))
    call = partial(_call_keras, model)
    return LoadedModel(
        uri, {DEFAULT_SIGNATURE: Signature(DEFAULT_SIGNATURE, Method.PREDICT, specs, outputs, call, uri)}
    )


def _call_keras(model: Any, **inputs: tf.Tensor) -> dict[str, Any]:
    return _named(call_keras_model(model, inputs))


def _named(outputs: Any) -> dict[str, Any]:
    """Outputs by name: their own, or ``output_0`` and so on, as an exported model calls them."""
    if isinstance(outputs, Mapping):
        return dict(outputs)
    listed = outputs if isinstance(outputs, list | tuple) else [outputs]
    return {f"output_{index}": value for index, value in enumerate(listed)}
