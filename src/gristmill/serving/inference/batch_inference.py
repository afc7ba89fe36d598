"""Calls a model on batches, in pieces that it can hold, and says which records it fails on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from gristmill.errors import DataError
from gristmill.serving.inference.answers import Answer
from gristmill.serving.inference.loaded_model import LoadedModel
from gristmill.serving.inference.numbered_records import place_of

__all__ = ["answers_of"]

_CALL_ROWS = 8192
"""Rows per call: a call costs milliseconds whatever its rows, so fewer would be slower; more would only take memory."""

_CALL_BYTES = 32 << 20
"""Bytes of examples per call: images and long texts come in smaller calls, since a model's inner tensors are larger."""


def answers_of(
    model: LoadedModel, signatures: Sequence[str], batch: pa.RecordBatch
) -> Iterator[tuple[pa.RecordBatch, list[Answer]]]:
    """The batch in pieces, in order, each with the answers of all signatures.

    Args:
        model: the model.
        signatures: the names of those to call.
        batch: serialized records, or feature columns.

    Raises:
        DataError: the model fails; names the file and the first record on which it fails.
    """
    rows = min(_CALL_ROWS, max(1, _CALL_BYTES * batch.num_rows // max(1, batch.nbytes)))
    for start in range(0, batch.num_rows, rows):
        part = batch.slice(start, rows)
        try:
            answers = _answers(model, signatures, part)
        except DataError as error:
            raise _placed(error, batch, start, part, lambda rows: _answers(model, signatures, rows)) from error
        yield part, answers


def _answers(model: LoadedModel, signatures: Sequence[str], part: pa.RecordBatch) -> list[Answer]:
    answers = []
    for name in signatures:
        signature = model.signature(name)
        feeds = signature.feeds(part)
        answers.append(Answer(signature, feeds, signature.run(feeds, part.num_rows)))
    return answers


def _placed(
    error: DataError, batch: pa.RecordBatch, start: int, part: pa.RecordBatch, run: Callable[[pa.RecordBatch], object]
) -> DataError:
    """The error with its place: the record, where one alone makes the model fail, else the range of records."""
    first, rows, found = 0, part.num_rows, error
    while rows > 1:
        half = rows // 2
        for begin, count in ((first, half), (first + half, rows - half)):
            fault = _fault(run, part.slice(begin, count))
            if fault is not None:
                first, rows, found = begin, count, fault
                break
        else:
            break  # fails on these rows together only
    place = place_of(batch, start + first)
    if found.place is not None:
        place = replace(found.place, uri=place.uri, record=place.record)
    last = (place.record or 0) + rows - 1
    rule = found.rule if rows == 1 else f"{found.rule} (records {place.record:,} to {last:,})"
    return DataError(rule, place=place, value=found.value, hint=found.hint)


def _fault(run: Callable[[pa.RecordBatch], object], part: pa.RecordBatch) -> DataError | None:
    try:
        run(part)
    except DataError as error:
        return error
    return None
