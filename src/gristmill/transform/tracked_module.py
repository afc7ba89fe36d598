"""What a graph captures, gathered so that it can be saved: whatever is captured must hang on the saved object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from gristmill.transform.trace import Trace

__all__ = ["tracked_module"]


def tracked_module(function: Any, resources: Iterable[Any], trace: Trace) -> tf.Module:
    """A module that holds the tables, files and variables that a function may use.

    Args:
        function: a concrete function over the trace's graph.
        resources: the tables that were made while it was traced.
        trace: of the preprocessing_fn.
    """
    module = tf.Module()
    module.resources = _captured_resources(function, resources)
    module.assets = trace.assets
    module.objects = list(trace.objects.values())
    return module


def _captured_resources(concrete: Any, resources: Iterable[Any]) -> list[Any]:
    """The tables that the function uses: the tracker also sees those that other threads make meanwhile.

    A StaticVocabularyTable shares the handle of the hash table inside it, which is tracked, too; one of them is enough.
    """
    captured = {id(tensor) for tensor in concrete.captured_inputs}
    return [
        each
        for each in resources
        if id(each.resource_handle) in captured and not isinstance(each, tf.lookup.StaticVocabularyTable)
    ]
