"""What a transform carries along besides its graph: named files, and objects such as Keras layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.trace import current_trace

__all__ = ["annotate_asset", "make_and_track_object"]


def annotate_asset(asset_key: str, asset_filename: str) -> None:
    """Let ``TFTransformOutput.vocabulary_file_by_name(asset_key)`` find the asset file of this name.

    Args:
        asset_key: how to ask for it.
        asset_filename: name of a file in the transform's ``assets``.
    """
    current_trace("annotate_asset").asset_map[asset_key] = asset_filename


def make_and_track_object(trackable_factory_callable: Callable[[], Any], name: str | None = None) -> Any:
    """An object with state (a Keras layer or model, a tf.Module) that is made once and saved with the transform.

    A preprocessing_fn is traced several times; the object is made in the first and handed out in the others.

    Args:
        trackable_factory_callable: makes the object.
        name: identifies it; needed for Keras layers without a name of their own. The same name gives the same object.

    Raises:
        ConfigError: called outside a preprocessing_fn, or the object has no name.
    """
    objects = current_trace("make_and_track_object").objects
    if name is not None and name in objects:
        return objects[name]
    with tf.init_scope():
        made = trackable_factory_callable()
    own = getattr(made, "name", None)
    key = name or own
    if not key or (name is None and _is_automatic(str(own), made)):
        raise ConfigError(
            "an object that is tracked needs a name, so that each trace finds it again",
            value=made,
            hint="pass name= to make_and_track_object",
        )
    return objects.setdefault(str(key), made)


def _is_automatic(name: str, made: Any) -> bool:
    """Whether Keras made the name up: it then differs from trace to trace (dense, dense_1, …)."""
    stem = name.rsplit("_", 1)[0] if name.rsplit("_", 1)[-1].isdigit() else name
    return stem.replace("_", "") == type(made).__name__.lower()
