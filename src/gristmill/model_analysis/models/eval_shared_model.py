"""EvalSharedModel: where a model is, what kind it is, and how it is loaded, once per process.

This module loads no TensorFlow; a model's loader does, when it is first asked for the model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.io import filesystem
from gristmill.model_analysis.config_defaults import get_model_spec
from gristmill.model_analysis.constants import TF_ESTIMATOR, TF_GENERIC, TF_JS, TF_KERAS, TF_LITE, TFMA_EVAL
from gristmill.model_analysis.models.predictor import Predictor
from gristmill.model_analysis.models.shipped_predictor import ShippedPredictor
from gristmill.proto.model_analysis_config_pb2 import EvalConfig

__all__ = ["EvalSharedModel", "ModelLoader", "default_eval_shared_model"]

_SERVING_TAG = "serve"
_KERAS_METADATA = "keras_metadata.pb"  # what Keras 2 writes beside saved_model.pb
_KERAS_ARCHIVE = ".keras"
_NAME_THE_MODEL = "name the directory that the trainer wrote, e.g. <model artifact>/Format-Serving"
_NOT_LOADED = {
    TFMA_EVAL: "an EvalSavedModel needs tf.estimator, which TensorFlow no longer has",
    TF_ESTIMATOR: "estimator models need tf.estimator, which TensorFlow no longer has",
    TF_LITE: "LiteRT models are not evaluated by gristmill",
    TF_JS: "TF.js models are not evaluated by gristmill",
}


class ModelLoader:
    """Loads a model once and keeps it.

    Args:
        construct_fn: gives the loaded model: a :class:`Predictor`, a Keras model, or a restored SavedModel.
        tags: the SavedModel tags that the function loads, for information.
    """

    def __init__(self, construct_fn: Callable[[], Any], tags: Sequence[str] | None = None) -> None:
        self.construct_fn = construct_fn
        self.tags = list(tags or [])
        self._lock = threading.Lock()
        self._loaded: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """How to load the model, which other processes do themselves."""
        return {"construct_fn": self.construct_fn, "tags": self.tags}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]  # sets up the lock as well

    def load(self) -> Any:
        """The model; loaded at the first call, whichever thread makes it."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self.construct_fn()
            return self._loaded


@dataclass(frozen=True)
class EvalSharedModel:
    """A model to evaluate.

    Attributes:
        model_path: the SavedModel's directory or the ``.keras`` file.
        include_default_metrics: compute the loss and metrics that the model was compiled with.
        model_loader: loads it.
        model_name: the name of its model spec; empty where there is one model.
        model_type: ``tf_keras`` or ``tf_generic``.
        rubber_stamp: the first model of a pipeline, accepted without thresholds or baseline.
        is_baseline: what candidates are compared with.
    """

    model_path: str = ""
    include_default_metrics: bool = True
    model_loader: ModelLoader | None = field(default=None, compare=False)
    model_name: str = ""
    model_type: str = ""
    rubber_stamp: bool = False
    is_baseline: bool = False

    def predictor(self) -> Predictor:
        """The loaded model, ready to predict here and wherever it is shipped to."""
        if self.model_loader is None:
            raise ConfigError("an EvalSharedModel needs a model_loader", hint="make it with default_eval_shared_model")
        return ShippedPredictor(partial(_predictor, self.model_loader, self.model_path))


def default_eval_shared_model(
    eval_saved_model_path: str,
    add_metrics_callbacks: Sequence[Any] | None = None,
    include_default_metrics: bool = True,
    example_weight_key: str | Sequence[str] | None = None,
    additional_fetches: Sequence[str] | None = None,
    blacklist_feature_fetches: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    model_name: str = "",
    eval_config: EvalConfig | None = None,
    custom_model_loader: ModelLoader | None = None,
    rubber_stamp: bool = False,
) -> EvalSharedModel:
    """The EvalSharedModel of a model on disk.

    Args:
        eval_saved_model_path: the SavedModel's directory, or a ``.keras`` file.
        add_metrics_callbacks: only for estimator models, which are not supported.
        include_default_metrics: compute the loss and metrics that the model was compiled with.
        example_weight_key: as ``add_metrics_callbacks``; a model spec names weights.
        additional_fetches: as ``add_metrics_callbacks``.
        blacklist_feature_fetches: as ``add_metrics_callbacks``.
        tags: SavedModel tags; ``["serve"]`` by default.
        model_name: the name of its spec in ``eval_config``.
        eval_config: the configuration, which must have a spec of that name.
        custom_model_loader: loads the model in another way.
        rubber_stamp: accept the model without thresholds or baseline.

    Raises:
        ConfigError: no spec of that name, or no model at the path.
        NotSupportedError: a kind of model, or an argument for a kind of model, that gristmill does not evaluate.
    """
    legacy = (add_metrics_callbacks, example_weight_key, additional_fetches, blacklist_feature_fetches)
    if any(legacy):
        raise NotSupportedError(
            "add_metrics_callbacks, example_weight_key, additional_fetches and blacklist_feature_fetches belong to"
            " estimator models, which TensorFlow no longer has",
            hint="describe the model in EvalConfig.model_specs, and its metrics in metrics_specs",
        )
    config = eval_config or EvalConfig(model_specs=[{}])
    spec = get_model_spec(config, model_name)
    if spec is None:
        names = ", ".join(repr(known.name) for known in config.model_specs)
        raise ConfigError(
            "eval_config has no model spec of this name",
            place=Place(uri="eval_config.model_specs"),
            value=model_name,
            hint=f"its specs are named {names}",
        )
    chosen = list(tags or [_SERVING_TAG])
    if custom_model_loader is None:
        kind = _model_type(spec.model_type, eval_saved_model_path)
    else:
        kind = spec.model_type or TF_GENERIC
    loader = custom_model_loader or ModelLoader(_SavedAt(eval_saved_model_path, chosen), chosen)
    return EvalSharedModel(
        model_path=eval_saved_model_path,
        include_default_metrics=include_default_metrics,
        model_loader=loader,
        model_name=spec.name,
        model_type=kind,
        rubber_stamp=rubber_stamp,
        is_baseline=spec.is_baseline,
    )


def _predictor(loader: ModelLoader, path: str) -> Predictor:
    from gristmill.model_analysis.models.wrapping import as_predictor

    return as_predictor(loader.load(), path)


def _model_type(given: str, path: str) -> str:
    """The kind of a model: as given, or as its files tell."""
    if given in _NOT_LOADED:
        raise NotSupportedError(
            f"models of type {given!r} are not evaluated", value=path, hint=f"{_NOT_LOADED[given]}; use a SavedModel"
        )
    if given and given not in (TF_GENERIC, TF_KERAS):
        raise ConfigError(f"model_type must be {TF_KERAS!r} or {TF_GENERIC!r}", value=given)
    if not filesystem.exists(path):
        raise ConfigError("there is no model at this path", place=Place(uri=path), hint=_NAME_THE_MODEL)
    if path.endswith(_KERAS_ARCHIVE):
        return given or TF_KERAS
    if not filesystem.exists(filesystem.join(path, "saved_model.pb")):
        raise ConfigError(
            "a model directory must hold a saved_model.pb",
            place=Place(uri=path),
            hint=_NAME_THE_MODEL,
        )
    return given or (TF_KERAS if filesystem.exists(filesystem.join(path, _KERAS_METADATA)) else TF_GENERIC)


@dataclass(frozen=True)
class _SavedAt:
    """Loads a model from its path, by which every process finds it."""

    path: str
    tags: Sequence[str]

    def __call__(self) -> Predictor:
        from gristmill.model_analysis.models.loading import load_model

        return load_model(self.path, self.tags)

    def __reduce__(self) -> tuple[Any, ...]:
        return _SavedAt, (filesystem.absolute(self.path), self.tags)
