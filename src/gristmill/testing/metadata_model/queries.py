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
    condition = draw(optional(filters(kind)))
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
        st.one_of(_compared("id", st.integers(1, 3)), *_leaves(kind)),
        lambda parts: st.one_of(
            few(parts, 3, 1).map(conditions.all_of),
            few(parts, 3, 1).map(conditions.any_of),
            parts.map(conditions.negated),
        ),
        max_leaves=4,
    )


def _leaves(kind: AnyKind) -> list[SearchStrategy[Condition]]:
    leaves = [*_of_node(kind, ""), *_of_properties()]
    related: dict[str, AnyKind] = {"contexts_a": CONTEXT, "contexts_b": CONTEXT}
    if kind is CONTEXT:
        related = {"parent_contexts_a": CONTEXT, "child_contexts_a": CONTEXT}
        related |= {"artifacts_a": ARTIFACT, "executions_a": EXECUTION}
    else:
        other = EXECUTION if kind is ARTIFACT else ARTIFACT
        leaves += [
            _compared(f"events_0.{other.name}_id", st.integers(1, 4)),
            _compared("events_0.milliseconds_since_epoch", st.sampled_from([0, 1])),
            _named("events_0.type", Event.Type),
        ]
    return leaves + [st.one_of(_of_node(other, f"{owner}.")) for owner, other in related.items()]


_SIGNS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _compared(name: str, values: SearchStrategy[Any]) -> SearchStrategy[Condition]:
    return st.builds(conditions.compared, st.just(name), _SIGNS, values)


def _named(name: str, enum: Any) -> SearchStrategy[Condition]:
    return st.builds(
        conditions.named,
        st.just(name),
        st.sampled_from(["=", "!=", "IN", "NOT IN"]),
        st.lists(st.sampled_from(enum.keys()), min_size=1, max_size=2),
        st.just(enum),
    )


def _of_node(kind: AnyKind, owner: str) -> list[SearchStrategy[Condition]]:
    texts = {"name": NAMES, "external_id": EXTERNAL_IDS, **({"uri": URIS} if kind.has_uri else {})}
    leaves: list[SearchStrategy[Condition]] = [
        _compared(f"{owner}id", st.integers(0, 4)),
        _compared(f"{owner}type_id", st.integers(10, 14)),
        _compared(f"{owner}type", type_names(kind)),
        st.builds(conditions.within, st.just(f"{owner}id"), st.lists(IDS, min_size=1, max_size=3), negated=FLAGS),
    ]
    if not owner:
        leaves.append(st.just(conditions.equal_fields("create_time_since_epoch", "last_update_time_since_epoch")))
    for name, values in texts.items():
        leaves += [
            _compared(f"{owner}{name}", values),
            st.builds(conditions.like, st.just(f"{owner}{name}"), st.sampled_from(["%", "a%", "_", "A_", "%/1", ""])),
            st.builds(
                conditions.within, st.just(f"{owner}{name}"), st.lists(values, min_size=1, max_size=2), negated=FLAGS
            ),
            st.builds(conditions.is_null, st.just(f"{owner}{name}"), negated=FLAGS),
        ]
    if kind.state_field:
        leaves += [
            _named(f"{owner}{kind.state_field}", STATES[kind.name]),
            st.builds(conditions.is_null, st.just(f"{owner}{kind.state_field}"), negated=FLAGS),
        ]
    return leaves


def _of_properties() -> list[SearchStrategy[Condition]]:
    return [
        _compared("properties.i.int_value", st.integers(-1, 2)),
        _compared("properties.d.double_value", st.sampled_from([0.0, 0.1234567890123456, 1.5])),
        _compared("properties.s.string_value", URIS),
        st.builds(conditions.compared, st.just("properties.b.bool_value"), st.sampled_from(["=", "!="]), st.booleans()),
        _compared("custom_properties.i.int_value", st.integers(-1, 2)),
        _compared("custom_properties.`x y`.string_value", URIS),
        st.builds(conditions.is_null, st.just("custom_properties.`x y`.int_value"), negated=FLAGS),
    ]


# ---- lineage

GRAPH_PARTS = st.lists(
    mostly(st.sampled_from([field.name for field in LineageGraph.DESCRIPTOR.fields]), st.just("no such part")),
    max_size=3,
)


_WALKED = (ARTIFACT, EXECUTION)
_START = of_kinds(lambda kind: _compared("id", st.integers(1, 4)) | filters(kind), _WALKED)


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
