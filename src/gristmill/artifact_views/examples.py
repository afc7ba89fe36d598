"""Examples: files and size of each split, and its first rows.

Of each split one batch of a few rows is read, whatever the split's size. The rows stand beside each other and the
features below each other, so that a table of three hundred features is as readable as one of five.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import files_markup, payload_files, payload_path
from gristmill.artifact_views.refusal import or_refusal
from gristmill.artifact_views.split_views import loaded_splits, split_title
from gristmill.display import View, compose
from gristmill.display.elements import Cell, Column, details, key_values, notice, table
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import Examples
from gristmill.io.examples import file_shards, read_examples
from gristmill.io.shard import Shard

__all__ = ["examples_view", "rows_markup"]

_ROWS = 5  # as many as stand beside each other on a screen
_FEATURES = 1000  # rows of the table
_VALUES = 10  # of one feature in one row
_LENGTH = 60  # characters of a cell
_MISSING = "—"


@registers(Examples)
def examples_view(artifact: Artifact) -> View:
    """Each split: its files, their size, and its first rows."""
    loaded, refused = loaded_splits(artifact, lambda folder: _split_markup(artifact, folder))
    sections = [View(split_title(name), body) for name, body in loaded.items()]
    return compose(artifact.type_name, [*sections, *refused.values()])


def _split_markup(artifact: Artifact, folder: str) -> Markup:
    found = payload_files(artifact, folder)
    names = [file.name for file in found.files if _holds_data(file.name) and not file.is_outside]
    uris = [payload_path(artifact, folder, name) for name in names]
    shards = file_shards(uris[:1]) if uris else []
    pairs = [("size", found.in_words())]
    if format_name := artifact.get_string_custom_property("payload_format"):
        pairs.append(("payload", format_name))
    rows = or_refusal(artifact, lambda: _first_rows(shards))
    return key_values(pairs) + rows + details("Files", files_markup(found))


def _holds_data(name: str) -> bool:
    return bool(name) and not name.rpartition("/")[2].startswith((".", "_"))


def _first_rows(shards: list[Shard]) -> Markup:
    for shard in shards:
        for batch in read_examples(shard, batch_rows=_ROWS):
            return rows_markup(batch)
    return notice("There are no rows in its first file.", "warning")


def rows_markup(batch: pa.RecordBatch) -> Markup:
    """The first rows of a batch: a table with one line for each feature.

    Args:
        batch: columns of ``list<int64 | float32 | binary>``, null where a feature is missing.
    """
    count = min(batch.num_rows, _ROWS)
    names = batch.schema.names[:_FEATURES]
    columns = [Column("feature"), Column("type"), *(Column(f"row {number + 1}") for number in range(count))]
    rows = [(name, _type(batch.schema.field(name).type), *_cells(batch.column(name), count)) for name in names]
    left_out = len(batch.schema.names) - len(names)
    more = notice(f"{left_out:,} more features are not shown.", "") if left_out else Markup("")
    return (
        table(
            columns,
            rows,
            caption=f"The first {count} rows; {_MISSING} where a feature is missing, [] where it has no values",
        )
        + more
    )


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return "bytes" if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else str(kind)


def _cells(column: pa.Array, count: int) -> list[Any]:
    return [_cell(value) for value in column.slice(0, count).to_pylist()]


def _cell(value: Any) -> Any:
    if value is None:
        return Cell(_MISSING, kind="warning")
    if not isinstance(value, list):
        return _scalar(value)
    if len(value) == 1:
        return _scalar(value[0])
    shown = ", ".join(str(_scalar(each)) for each in value[:_VALUES])
    more = f", … ({len(value):,} values)" if len(value) > _VALUES else ""
    return shortened(f"[{shown}", _LENGTH) + more + ("" if more else "]")


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return shortened(_text(value[: _LENGTH * 4]), _LENGTH)
    return float(f"{value:.7g}") if isinstance(value, float) else value  # float32 has 7 digits


def _text(value: bytes) -> str:
    """The bytes as text where they are text, else as ``0x…``."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return "0x" + value.hex()
    return text if text.isprintable() else repr(text)
