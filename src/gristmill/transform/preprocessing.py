"""Calling the user's preprocessing_fn, and holding its result to the contract.

The function takes a dict of tensors and returns a non-empty dict of tensors: string, int64 or float32; dense tensors
with rows of a known shape; one row per row of the input.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.user_code import place_of_function, user_code
from gristmill.errors import ConfigError, Place, UnknownKeyError

__all__ = ["PreprocessingFn", "bind_custom_config", "call_preprocessing_fn"]

PreprocessingFn = Callable[[dict[str, Any]], Mapping[str, Any]]

_DTYPES = (tf.string, tf.int64, tf.float32)


def bind_custom_config(
    preprocessing_fn: Callable[..., Mapping[str, Any]], custom_config: Mapping[str, Any] | None
) -> PreprocessingFn:
    """The function with its ``custom_config`` argument filled in, if it has one.

    Raises:
        ConfigError: a custom_config is given, and the function does not take it.
    """
    parameters = inspect.signature(preprocessing_fn).parameters
    if "custom_config" in parameters:
        return functools.partial(preprocessing_fn, custom_config=custom_config)
    if custom_config:
        raise ConfigError(
            "a custom_config was given, but preprocessing_fn does not take one",
            hint="declare it: def preprocessing_fn(inputs, custom_config)",
        )
    return preprocessing_fn


def call_preprocessing_fn(preprocessing_fn: PreprocessingFn, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs, checked.

    Raises:
        UserCodeError: the function raised; the cause carries the user's frames alone.
        ConfigError: what it returned breaks the contract; names the output.
    """
    with user_code("preprocessing_fn", source=place_of_function(preprocessing_fn)):
        return _checked(preprocessing_fn(_InputFeatures(inputs)))


class _InputFeatures(dict[str, Any]):
    """The tensors by feature; one that is not there is told with the nearest name."""

    def __missing__(self, name: str) -> Any:
        raise UnknownKeyError(f"there is no input feature {name!r}", hint=did_you_mean(str(name), self, "the features"))


def _checked(outputs: Any) -> dict[str, Any]:
    if not isinstance(outputs, Mapping):
        raise ConfigError(
            "preprocessing_fn must return a dict of tensors by name",
            value=outputs,
            hint="does it end in 'return outputs'?",
        )
    if not outputs:
        raise ConfigError(
            "preprocessing_fn must return at least one output", value=outputs, hint="put a tensor under a name into it."
        )
    for name, value in outputs.items():
        if not isinstance(name, str):
            raise ConfigError(
                "the names of preprocessing_fn's outputs must be strings", value=name, hint=f"name it {str(name)!r}."
            )
        _check_output(name, value)
    return dict(outputs)


def _check_output(name: str, value: Any) -> None:
    place = Place(column=name)
    if not isinstance(value, tf.Tensor | tf.SparseTensor | tf.RaggedTensor):
        raise ConfigError(
            "an output of preprocessing_fn must be a Tensor, SparseTensor or RaggedTensor",
            place=place,
            value=value,
            hint="compute it from an input, row by row",
        )
    if value.dtype not in _DTYPES:
        raise ConfigError(
            "an output of preprocessing_fn must be of dtype string, int64 or float32",
            place=place,
            value=value.dtype.name,
            hint="cast it, for example with tf.cast(x, tf.float32)",
        )
    if isinstance(value, tf.Tensor):
        _check_dense(place, value)


def _check_dense(place: Place, value: tf.Tensor) -> None:
    shape = value.shape
    if shape.rank == 0:
        raise ConfigError(
            "an output of preprocessing_fn must have one row per example; this one is a scalar",
            place=place,
            hint="analyzers give scalars: use them to compute a value for each row",
        )
    if shape.rank is None or not shape[1:].is_fully_defined():
        raise ConfigError(
            "a dense output of preprocessing_fn must have rows of a known shape",
            place=place,
            value=shape,
            hint="fix it with tf.reshape, tf.ensure_shape or set_shape",
        )
    if shape[0] is not None:
        raise ConfigError(
            "an output of preprocessing_fn must keep the batch dimension: one row per example, however many there are",
            place=place,
            value=shape,
            hint="compute it from an input, row by row",
        )
