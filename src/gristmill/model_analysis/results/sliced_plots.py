"""Plots by slice, read and made into dicts when they are asked for.

An evaluation of 500 slices with curves of 1,000 thresholds has five million numbers in its plots. Most readers of a
result never look at them, or at one slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, overload

from gristmill.model_analysis.metrics.keys import SubKey
from gristmill.model_analysis.results.message_dicts import message_dict
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType
from gristmill.proto.metrics_for_slice_pb2 import PlotsForSlice

__all__ = ["LazyPlots", "NestedPlots", "SlicedPlots", "sub_key_text"]

NestedPlots = dict[str, dict[str, dict[str, dict[str, Any]]]]


class SlicedPlots(NamedTuple):
    """The plots of one slice: {output name: {sub key: {plot: data}}}."""

    slice: SliceKeyOrCrossSliceKeyType
    plot: NestedPlots


class LazyPlots(Sequence[SlicedPlots]):
    """The plots of one model, a slice at a time.

    Args:
        load: reads the records of all slices; called once, at the first look.
        model_name: of the model among those of the evaluation.
    """

    def __init__(self, load: Callable[[], Iterable[PlotsForSlice]], model_name: str) -> None:
        self._load = load
        self._model_name = model_name

    @cached_property
    def _records(self) -> list[PlotsForSlice]:
        return list(self._load())

    @property
    def slice_keys(self) -> list[SliceKeyOrCrossSliceKeyType]:
        """The slices that have plots, in the order of the file."""
        return [slice_key_of(record) for record in self._records]

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, place: int) -> SlicedPlots: ...

    @overload
    def __getitem__(self, place: slice) -> list[SlicedPlots]: ...

    def __getitem__(self, place: int | slice) -> SlicedPlots | list[SlicedPlots]:
        if isinstance(place, slice):
            return [self._sliced(record) for record in self._records[place]]
        return self._sliced(self._records[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _sliced(self, record: PlotsForSlice) -> SlicedPlots:
        nested: NestedPlots = {}
        for entry in record.plot_keys_and_values:
            if entry.key.model_name == self._model_name:
                by_name = nested.setdefault(entry.key.output_name, {}).setdefault(sub_key_text(entry.key), {})
                by_name.update(message_dict(entry.value))
        return SlicedPlots(slice_key_of(record), nested)


def sub_key_text(key: Any) -> str:
    """The class or rank of a key message, as nested dicts name it."""
    sub_key = SubKey.from_proto(key.sub_key) if key.HasField("sub_key") else None
    return "" if sub_key is None else str(sub_key)
