"""A part of a traced preprocessing_fn, which can be called here and shipped to other processes.

It travels as a SavedModel: the graph with its constants, tables and the vocabulary files of earlier phases.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from gristmill.engine.loaded_once import keep, loaded_once
from gristmill.io import filesystem
from gristmill.transform.trace_graph import TracedGraph
from gristmill.transform.tracked_module import tracked_module

__all__ = ["GraphPart"]


class GraphPart:
    """A function of flat tensors.

    Args:
        graph: the whole.
        names: the inputs whose flat tensors it takes, one behind the other.
        fetches: the tensors that it computes, and nothing else.
    """

    def __init__(self, graph: TracedGraph, names: Sequence[str], fetches: Sequence[tf.Tensor]) -> None:
        self._graph = graph
        self._run: Any = graph.part(names, fetches)
        self._token = secrets.token_hex(16)
        keep(self._token, self)

    def __call__(self, *flat: tf.Tensor) -> Sequence[tf.Tensor]:
        """The fetches."""
        results: Sequence[tf.Tensor] = self._run(*flat)
        return results

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._token, self._saved())

    def _saved(self) -> dict[str, bytes]:
        module = tracked_module(self._run, self._graph.resources, self._graph.trace)
        module.run = self._run
        with tempfile.TemporaryDirectory(prefix="gristmill-phase-") as folder:
            tf.saved_model.save(module, folder, signatures={})
            files = [path for path in Path(folder).rglob("*") if path.is_file()]
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class _Restored:
    """The same function in another process, which ships it no further."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        # Kept as long as the function: its graph may read its files when it runs.
        folder = tempfile.mkdtemp(prefix="gristmill-phase-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        for name, content in files.items():
            filesystem.write_bytes(filesystem.join(folder, name), content)
        self._module: Any = tf.saved_model.load(folder)

    def __call__(self, *flat: tf.Tensor) -> Sequence[tf.Tensor]:
        results: Sequence[tf.Tensor] = self._module.run(*flat)
        return results


def _arrived(token: str, files: Mapping[str, bytes]) -> GraphPart | _Restored:
    return loaded_once(token, lambda: _Restored(files))
