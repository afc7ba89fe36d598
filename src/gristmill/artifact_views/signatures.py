"""How a SavedModel is called: its signatures, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import DecodeError
from markupsafe import Markup

from gristmill.display.elements import Column, details, key_values, notice, table
from gristmill.errors import DataError, Place
from gristmill.io import filesystem
from gristmill.proto import saved_model_signatures_pb2 as messages
from gristmill.proto.tensor_pb2 import DataType

__all__ = ["signatures_markup"]

_LARGEST = 64 << 20  # bytes; graphs with larger constants are not read for a table of a few lines
_INTERNAL = "__saved_model_init_op"  # a signature that TensorFlow adds for itself


def signatures_markup(uri: str) -> Markup:
    """The signatures of a ``saved_model.pb``, with name, type and shape of each input and output.

    Raises:
        DataError: the file is no SavedModel.
    """
    size = filesystem.file_status(uri).size
    if size > _LARGEST:
        return notice("The signatures are not shown: the graph is very large.", "")
    try:
        model = messages.SavedModel.FromString(filesystem.read_bytes(uri))
    except DecodeError as error:
        raise DataError("The file is no SavedModel", place=Place(uri=uri)) from error
    return Markup("").join(_graph_markup(graph) for graph in model.meta_graphs)


def _graph_markup(graph: messages.MetaGraph) -> Markup:
    pairs = [("tags", ", ".join(graph.meta_info_def.tags)), ("made by", _maker(graph))]
    shown = key_values([(name, text) for name, text in pairs if text])
    for name in sorted(graph.signature_def.keys() - {_INTERNAL}):
        signature = graph.signature_def[name]
        columns = [Column("tensor"), Column("direction"), Column("type"), Column("shape")]
        rows = [*_rows(signature.inputs, "input"), *_rows(signature.outputs, "output")]
        shown += details(f"Signature {name}", table(columns, rows, searchable=len(rows) > 10), open=True)
    return shown


def _maker(graph: messages.MetaGraph) -> str:
    version = graph.meta_info_def.tensorflow_version
    return f"TensorFlow {version}" if version else ""


def _rows(tensors: Mapping[str, messages.TensorInfo], direction: str) -> list[tuple[str, str, str, str]]:
    return [(name, direction, _type(tensors[name]), _shape(tensors[name])) for name in sorted(tensors)]


def _type(tensor: messages.TensorInfo) -> str:
    name = str(DataType.Name(tensor.dtype)) if tensor.dtype in DataType.values() else f"type {tensor.dtype}"
    return name.removeprefix("DT_").lower()


def _shape(tensor: messages.TensorInfo) -> str:
    """``[?, 1]``: a question mark where any size goes."""
    if tensor.tensor_shape.unknown_rank:
        return "any"
    return "[" + ", ".join("?" if dim.size < 0 else str(dim.size) for dim in tensor.tensor_shape.dim) + "]"
