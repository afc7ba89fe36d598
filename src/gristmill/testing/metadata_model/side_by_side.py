"""A store and the model side by side: each call is made to both, and both must give the same and hold the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ParamSpec, TypeVar

from gristmill.metadata import MetadataStore, errors
from gristmill.metadata.kinds import ARTIFACT, EXECUTION
from gristmill.proto.metadata_store_pb2 import LineageSubgraphQueryOptions
from gristmill.testing.metadata_model.conditions import compared
from gristmill.testing.metadata_model.model import Model
from gristmill.testing.metadata_model.state import KINDS

__all__ = ["SideBySide"]

Result = TypeVar("Result")
Given = ParamSpec("Given")

_ANY_NODE = compared("id", ">", 0)


class SideBySide:
    """An empty store, and the model of what it should do.

    Attributes:
        store: what is tested.
        model: what it is compared with.
    """

    def __init__(self, store: MetadataStore) -> None:
        self.store = store
        self.model = Model()
        self.model.learn(_ANY_NODE)
        self._latest = 0

    def read(
        self,
        in_model: Callable[Given, Result],
        in_store: Callable[Given, Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result | None:
        """Makes a reading call to both; gives what both gave, or None when both raised errors of one class."""
        found = _outcome(partial(in_store, *given, **named))
        _check_same(_outcome(partial(in_model, *given, **named)), found)
        return None if isinstance(found, errors.StatusError) else found

    def write(
        self,
        in_model: Callable[[], Result],
        in_store: Callable[[], Result],
        ids_of: Callable[[Result], Mapping[str, Sequence[int]]] = lambda _: {},
    ) -> None:
        """Makes a writing call to both.

        Args:
            in_model: the model's.
            in_store: the store's.
            ids_of: the ids in its result, by what they are ids of. The new ones among them become the model's.
        """
        found = _outcome(in_store)
        ids = {} if isinstance(found, errors.StatusError) else ids_of(found)
        self.model.offer(ids)
        _check_same(_outcome(in_model), found)
        self.compare()

    def compare(self) -> None:
        """The store holds the model's nodes and edges. What the last call touched takes the store's time."""
        state, earlier = self.model.state, self._latest
        for kind in KINDS:
            stored = getattr(self.store, f"get_{kind.name}s")()
            known = [node for _, node in sorted(state.nodes[kind.name].items())]
            self._take_times(known, stored, ("create_time_since_epoch", "last_update_time_since_epoch"), earlier)
            _check_same(state.nodes_of(kind), stored)
        events = self.store.get_events_by_artifact_ids(state.nodes[ARTIFACT.name])
        self._take_times(state.events, events, ("milliseconds_since_epoch",), earlier)
        _check_same(state.events, events)
        self._compare_members()

    def compare_types(self) -> None:
        """The store holds the types that the model holds. No call but those that put types changes them."""
        for kind in KINDS:
            _check_same(self.model.get_types(kind), getattr(self.store, f"get_{kind.name}_types")())

    def _take_times(self, known: Sequence[Any], stored: Sequence[Any], fields: Sequence[str], earlier: int) -> None:
        for mine, theirs in zip(known, stored, strict=False):  # the comparison tells of unequal lengths
            unset = [field for field in fields if not mine.HasField(field)]
            for field in unset:
                setattr(mine, field, getattr(theirs, fields[-1]))
            if unset:
                now = getattr(theirs, fields[-1])
                assert now >= earlier, f"the call's time {now} lies before that of an earlier call, {earlier}"
                self._latest = max(self._latest, now)

    def _compare_members(self) -> None:
        """By a walk of no hop, which tells the contexts of all nodes at once."""
        for kind, part in ((ARTIFACT, "attributions"), (EXECUTION, "associations")):
            if self.model.state.nodes[kind.name]:
                everywhere = LineageSubgraphQueryOptions(max_num_hops=0)
                getattr(everywhere, f"starting_{kind.name}s").filter_query = _ANY_NODE.text
                expected = self.model.get_lineage_subgraph(everywhere, [part])
                _check_same(expected, self.store.get_lineage_subgraph(everywhere, [part]))


def _outcome(call: Callable[[], Result]) -> Result | errors.StatusError:
    try:
        return call()
    except errors.StatusError as error:
        return error


def _check_same(expected: object, found: object) -> None:
    is_error = isinstance(expected, errors.StatusError) or isinstance(found, errors.StatusError)
    same = type(found) is type(expected) if is_error else found == expected
    assert same, f"the model says\n{expected!r}\nand the store\n{found!r}"
