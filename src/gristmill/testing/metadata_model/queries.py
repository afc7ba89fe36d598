"""What the state machine asks a store for: listings, filters and lineage, as hypothesis strategies."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind
from gristmill.metadata.listing import ListOptions, OrderByField, Scope
from gristmill.proto.metadata_store_pb2 import Event, LineageGraph, LineageSubgraphQueryOptions
from gristmill.testing.metadata_model import conditions
from gristmill.testing.metadata_model.calls import (
    EXTERNAL_IDS,
    FLAGS,
    IDS,
    NAMES,
    STATES,
    URIS,
    VERSIONS,
    few,
    mostly,
    of_kinds,
    optional,
    type_names,
)
from gristmill.testing.metadata_model.conditions import Condition

__all__ = ["GRAPH_PARTS", "Listing", "filters", "lineage_queries", "listings", "scopes"]

Listing = tuple[ListOptions, Condition | None]
"""Options, and what the filter in them means."""


@st.composite
def listings(draw: DrawFn, kind: AnyKind) -> Listing:
    condition = draw(mostly(filters(kind), st.none(), 4))
    options = ListOptions(
        limit=draw(mostly(optional(st.integers(0, 4)), st.just(-1))),
        order_by=draw(optional(st.sampled_from(OrderByField))),
        is_asc=draw(FLAGS),
        filter_query=None if condition is None else condition.text,
    )
    return options, condition


def scopes(kind: AnyKind) -> SearchStrategy[Scope]:
    of_type = st.builds(Scope, type_name=type_names(kind), type_version=VERSIONS)
    return of_type if kind is CONTEXT else of_type | st.builds(Scope, context_id=optional(IDS))


@cache
def filters(kind: AnyKind) -> SearchStrategy[Condition]:
    return st.recursive(
        st.sampled_from(_leaves(kind)).flatmap(lambda leaves: leaves),
        lambda parts: st.one_of(
            few(parts, 3, 1).map(conditions.all_of),
            few(parts, 3, 1).map(conditions.any_of),
            parts.map(conditions.negated),
        ),
        max_leaves=4,
    )


def _leaves(kind: AnyKind) -> list[SearchStrategy[Condition]]:
    """Comparisons, those of one sort together."""
    related: dict[str, AnyKind] = {"contexts_a": CONTEXT, "contexts_b": CONTEXT}
    events = [_enum("events_0.type", Event.Type), _number("events_0.milliseconds_since_epoch", st.integers(0, 1))]
    if kind is CONTEXT:
        related = {"parent_contexts_a": CONTEXT, "child_contexts_a": CONTEXT}
        related |= {"artifacts_a": ARTIFACT, "executions_a": EXECUTION}
        events = []
    never_updated = conditions.equal_fields("create_time_since_epoch", "last_update_time_since_epoch")
    neighbours = [st.one_of(_of_node(other, f"{owner}.")) for owner, other in related.items()]
    return [*_of_node(kind, ""), st.just(never_updated), _of_properties(), *events, *neighbours]


def _of_node(kind: AnyKind, owner: str) -> list[SearchStrategy[Condition]]:
    texts = {"name": NAMES, "external_id": EXTERNAL_IDS, "type": type_names(kind)}
    texts |= {"uri": URIS} if kind.has_uri else {}
    return [
        _number(f"{owner}id", st.integers(0, 4)),
        _number(f"{owner}type_id", st.integers(10, 15)),
        st.one_of([_text(f"{owner}{name}", values) for name, values in texts.items()]),
        *([_enum(f"{owner}{kind.state_field}", STATES[kind.name])] if kind.state_field else []),
    ]


def _of_properties() -> SearchStrategy[Condition]:
    return st.one_of(
        _number("properties.i.int_value", st.integers(-1, 2)),
        _compared("properties.d.double_value", st.sampled_from([0.0, 0.1234567890123456, 1.5])),
        _text("properties.s.string_value", URIS),
        st.builds(conditions.compared, st.just("properties.b.bool_value"), st.sampled_from(["=", "!="]), FLAGS),
        _number("custom_properties.i.int_value", st.integers(-1, 2)),
        _text("custom_properties.`x y`.string_value", URIS),
    )


def _number(name: str, values: SearchStrategy[int]) -> SearchStrategy[Condition]:
    return _compared(name, values) | _within(name, values)


def _text(name: str, values: SearchStrategy[str]) -> SearchStrategy[Condition]:
    patterns = st.sampled_from(["%", "a%", "_", "A_", "%/1", ""])
    likes = st.builds(conditions.like, st.just(name), patterns)
    return st.one_of(_compared(name, values), _within(name, values), likes, _is_null(name))


def _enum(name: str, enum: Any) -> SearchStrategy[Condition]:
    values = st.sampled_from(enum.keys())
    one = st.builds(conditions.named, st.just(name), st.sampled_from(["=", "!="]), few(values, 1, 1), st.just(enum))
    some = st.builds(
        conditions.named, st.just(name), st.sampled_from(["IN", "NOT IN"]), few(values, 2, 1), st.just(enum)
    )
    return st.one_of(one, some, _is_null(name))


def _compared(name: str, values: SearchStrategy[Any]) -> SearchStrategy[Condition]:
    signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    return st.builds(conditions.compared, st.just(name), signs, values)


def _within(name: str, values: SearchStrategy[Any]) -> SearchStrategy[Condition]:
    return st.builds(conditions.within, st.just(name), few(values, 3, 1), negated=FLAGS)


def _is_null(name: str) -> SearchStrategy[Condition]:
    return st.builds(conditions.is_null, st.just(name), negated=FLAGS)


# ---- lineage

GRAPH_PARTS = st.lists(
    mostly(st.sampled_from([field.name for field in LineageGraph.DESCRIPTOR.fields]), st.just("no such part")),
    max_size=3,
)


_WALKED = (ARTIFACT, EXECUTION)
_START = of_kinds(lambda kind: _number("id", st.integers(0, 4)) | filters(kind), _WALKED)


@st.composite
def lineage_queries(draw: DrawFn) -> tuple[LineageSubgraphQueryOptions, list[Condition]]:
    """Options of a lineage query, and the filters in it."""
    query = LineageSubgraphQueryOptions(
        max_num_hops=draw(mostly(optional(st.integers(0, 4)), st.just(-1))),
        direction=draw(st.sampled_from(LineageSubgraphQueryOptions.Direction.keys())),
    )
    start = draw(mostly(_START.map(lambda found: [found]), st.just([])))
    end = draw(few(of_kinds(filters, _WALKED)))
    for kind, condition in start:
        getattr(query, f"starting_{kind.name}s").filter_query = condition.text
    for kind, condition in end:
        ending = getattr(query, f"ending_{kind.name}s")
        ending.filter_query, ending.include_ending_nodes = condition.text, draw(FLAGS)
    return query, [condition for _, condition in (*start, *end)]
