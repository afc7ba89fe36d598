"""Names a model and its signatures; what a worker is sent instead of the model. Loads it at the first use.

This module loads no TensorFlow before it is asked for the model.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.serving.inference.output_columns import DEFAULT_SIGNATURE

if TYPE_CHECKING:
    from gristmill.serving.inference.loaded_model import LoadedModel

__all__ = ["SERVING_TAG", "ServedModel"]

SERVING_TAG = "serve"
_KEPT = 4  # models in memory: a pipeline has one or two, a candidate and what it is compared with

_lock = threading.Lock()
_loaded: OrderedDict[tuple[str, tuple[str, ...], str], LoadedModel] = OrderedDict()


@dataclass(frozen=True)
class ServedModel:
    """A model on disk and what to call of it.

    Attributes:
        uri: a SavedModel directory, a ``.keras`` file, or a directory that holds one.
        signatures: the names of the signatures to call.
        tags: of the SavedModel's graph.
    """

    uri: str
    signatures: tuple[str, ...] = (DEFAULT_SIGNATURE,)
    tags: tuple[str, ...] = (SERVING_TAG,)

    def __post_init__(self) -> None:
        if not self.signatures or len(set(self.signatures)) < len(self.signatures):
            raise ConfigError("a model is called by one or several different signatures", value=self.signatures)

    def load(self) -> LoadedModel:
        """The model; read once per process, as long as its files do not change.

        Raises:
            ConfigError: there is no model, or it lacks a signature.
            DataError: it cannot be restored.
        """
        from gristmill.serving.inference.loaded_model import load_model

        with _lock:
            key = (self.uri, self.tags, _version(self.uri))
            if key not in _loaded:
                _loaded[key] = load_model(self.uri, self.tags)
            _loaded.move_to_end(key)
            while len(_loaded) > _KEPT:
                _loaded.popitem(last=False)
            model = _loaded[key]
        for name in self.signatures:
            model.signature(name)
        return model


def _version(uri: str) -> str:
    """Tells apart what is written to one place at different times: names, sizes and times of its uppermost files."""
    if not filesystem.exists(uri):
        return ""
    files = [filesystem.join(uri, name) for name in filesystem.list_dir(uri)] if filesystem.is_dir(uri) else [uri]
    return repr([(file, filesystem.file_status(file)) for file in files if not filesystem.is_dir(file)])
