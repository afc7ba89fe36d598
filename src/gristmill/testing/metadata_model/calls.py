"""What the state machine calls a store with: messages that are mostly right, and filters, as hypothesis strategies.

Ids are small numbers: those that an empty store gives first, and some that it never gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import Struct
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind, AnyType
from gristmill.metadata.system_types import SYSTEM_TYPES
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactStructType,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    ParentContext,
    Value,
)
from gristmill.testing.metadata_model.state import KINDS

Given = TypeVar("Given")

PROPERTIES = {
    "i": messages.INT,
    "d": messages.DOUBLE,
    "s": messages.STRING,
    "b": messages.BOOLEAN,
    "S ": messages.STRUCT,
    "ä'": messages.PROTO,
}
"""The properties of the first types, by name."""
TYPE_NAMES = {kind.name: kind.name.capitalize() for kind in KINDS}
"""The name of the first type of a kind."""
STATES = {ARTIFACT.name: Artifact.State, EXECUTION.name: Execution.State}
"""The enum of the states of a kind."""
_FIRST_TYPE = {kind.name: len(SYSTEM_TYPES) + number for number, kind in enumerate(KINDS, start=1)}


def mostly(usual: SearchStrategy[Given], seldom: SearchStrategy[Given], one_in: int = 30) -> SearchStrategy[Given]:
    """The first, and once in so many times the second. Calls have many parts, and one mistake is enough."""
    return st.integers(1, one_in).flatmap(lambda number: seldom if number == one_in - 1 else usual)


def optional(given: SearchStrategy[Given]) -> SearchStrategy[Given | None]:
    """None, or what a strategy gives."""
    return st.none() | given


def few(strategy: SearchStrategy[Given], most: int = 2, least: int = 0) -> SearchStrategy[list[Given]]:
    """Short lists."""
    return st.lists(strategy, min_size=least, max_size=most)


@st.composite
def of_kinds(
    draw: DrawFn, strategy: Callable[[AnyKind], SearchStrategy[Given]], kinds: Sequence[AnyKind] = KINDS
) -> tuple[AnyKind, Given]:
    """A kind, and what a strategy gives for it."""
    kind = draw(st.sampled_from(kinds))
    return kind, draw(strategy(kind))


FAR = 2**40
"""An id that no store comes to."""
IDS = mostly(st.integers(1, 3), st.integers(4, 8) | st.sampled_from([0, -1, FAR]), 10)
TYPE_IDS = st.integers(10, 18) | st.sampled_from([0, -1, 1, 5, FAR])
NAMES = mostly(st.sampled_from(["a", "A", "a ", "ä'\\", "b", "c", "d", "e"]), st.just(""))
EXTERNAL_IDS = mostly(st.sampled_from(["x", "X", "é", "y"]), st.just(""))
URIS = st.sampled_from(["u/1", "U/1", "u/2 ", "", "%_[*]?\"'"])
VERSIONS = mostly(st.none(), st.sampled_from(["", "1", "1 "]), 3)
FLAGS = st.booleans()
TIMES = optional(st.sampled_from([-1, 0, 1, 2**62]))

_VALUES: dict[int, SearchStrategy[Value]] = {
    messages.INT: st.sampled_from([-(2**63), -1, 0, 1, 2, 2**63 - 1]).map(lambda number: Value(int_value=number)),
    messages.DOUBLE: st.sampled_from([-1e300, 0.0, 0.1234567890123456, 2.0, 5e-324]).map(
        lambda number: Value(double_value=number)
    ),
    messages.STRING: (URIS | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)).map(
        lambda text: Value(string_value=text)
    ),
    messages.BOOLEAN: st.booleans().map(lambda truth: Value(bool_value=truth)),
    messages.STRUCT: st.dictionaries(NAMES, NAMES, max_size=2).map(lambda fields: Value(struct_value=_struct(fields))),
    messages.PROTO: st.integers(0, 3).map(lambda number: Value(proto_value=_packed(number))),
}
_ANY_VALUE = st.sampled_from(sorted(_VALUES)).flatmap(lambda data_type: _VALUES[data_type])
_UNSTORABLE = st.sampled_from(
    [
        Value(),
        Value(double_value=float("inf")),
        Value(string_value="__MLMD_NULL__"),
        Value(string_value="mlmd-struct::x"),
        Value(proto_value=AnyMessage()),
    ]
)


def _struct(fields: dict[str, str]) -> Struct:
    struct = Struct()
    struct.update(fields)
    return struct


def _packed(number: int) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(Artifact(id=number))
    return packed


# ---- types

_STRUCTURES = st.sampled_from(
    [
        ArtifactStructType(),
        ArtifactStructType(any={}),
        ArtifactStructType(dict={"properties": {"ä": {"simple": {"name": "Model"}}}}),
    ]
)


@cache
def types(kind: AnyKind) -> SearchStrategy[Any]:
    system = [name for name, type_kind in SYSTEM_TYPES if type_kind == kind.type_kind]
    bases = kind.type.SystemDefinedBaseType.values()
    declared = st.fixed_dictionaries(
        {},
        optional={
            "i": mostly(st.just(messages.INT), st.sampled_from([messages.STRING, messages.UNKNOWN])),
            "d": st.just(messages.DOUBLE),
            "ä'": st.just(messages.PROTO),
        },
    )
    own = {"input_type": optional(_STRUCTURES), "output_type": optional(_STRUCTURES)} if kind is EXECUTION else {}
    return st.builds(
        kind.type,
        name=mostly(st.sampled_from([TYPE_NAMES[kind.name], "T", "t ", *system[:1]]), st.just("")),
        version=VERSIONS,
        description=optional(NAMES),
        external_id=optional(EXTERNAL_IDS),
        properties=declared | st.just(PROPERTIES),
        base_type=mostly(st.none(), st.sampled_from(bases), 3),
        **own,
    )


@cache
def type_names(kind: AnyKind) -> SearchStrategy[str]:
    return mostly(st.just(TYPE_NAMES[kind.name]), st.sampled_from(["T", "t ", "mlmd.Model", ""]), 3)


# ---- nodes


@cache
def nodes(kind: AnyKind, ids: SearchStrategy[int | None] | None = None) -> SearchStrategy[Any]:
    state = {kind.state_field: optional(st.sampled_from(STATES[kind.name].values()))} if kind.state_field else {}
    return st.builds(
        kind.node,
        id=mostly(st.none(), IDS, 4) if ids is None else ids,
        type_id=mostly(st.just(_FIRST_TYPE[kind.name]), optional(TYPE_IDS), 15),
        name=NAMES if kind is CONTEXT else optional(NAMES),
        external_id=mostly(st.none(), EXTERNAL_IDS, 3),
        properties=st.fixed_dictionaries(
            {}, optional={name: mostly(_VALUES[data_type], _ANY_VALUE) for name, data_type in PROPERTIES.items()}
        ),
        custom_properties=st.dictionaries(
            st.sampled_from(["i", "I", "x y", ""]), mostly(_ANY_VALUE, _UNSTORABLE), max_size=2
        ),
        create_time_since_epoch=optional(st.just(5)),
        **({"uri": optional(URIS)} if kind.has_uri else {}),
        **state,
    )


def updates(kind: AnyKind) -> SearchStrategy[Any]:
    return nodes(kind, IDS)


@cache
def masks(kind: AnyKind) -> SearchStrategy[list[str]]:
    maps = [f"{name}.{key}" for name in ("properties", "custom_properties") for key in ("i", "x y", "")]
    fields = ["uri", "external_id", "name", "type_id", "properties", "custom_properties", "no such", *maps]
    return st.lists(st.sampled_from([*fields, *([kind.state_field] if kind.state_field else [])]), max_size=3)


# ---- edges

_STEPS = st.builds(Event.Path.Step, index=st.sampled_from([0, 1, 2**40])) | st.builds(Event.Path.Step, key=NAMES)
_EVENT_TYPES = mostly(st.sampled_from(Event.Type.values()[1:]), st.just(Event.UNKNOWN))


def events(
    artifact_ids: SearchStrategy[int | None], execution_ids: SearchStrategy[int | None]
) -> SearchStrategy[Event]:
    return st.builds(
        Event,
        artifact_id=artifact_ids,
        execution_id=execution_ids,
        type=_EVENT_TYPES,
        milliseconds_since_epoch=TIMES,
        path=optional(st.builds(Event.Path, steps=st.lists(_STEPS, max_size=3))),
    )


EVENTS = events(mostly(IDS, st.none()), mostly(IDS, st.none()))
ATTRIBUTIONS = st.builds(Attribution, artifact_id=mostly(IDS, st.none()), context_id=mostly(IDS, st.none()))
ASSOCIATIONS = st.builds(Association, execution_id=mostly(IDS, st.none()), context_id=mostly(IDS, st.none()))
PARENTS = st.builds(ParentContext, child_id=mostly(IDS, st.none()), parent_id=mostly(IDS, st.none()))
_SELDOM_IDS = mostly(st.none(), IDS | st.just(0))
_OWN_EVENTS = events(_SELDOM_IDS, _SELDOM_IDS)
PAIRS = st.one_of(
    st.tuples(nodes(ARTIFACT), optional(_OWN_EVENTS)),
    st.tuples(st.none(), events(mostly(IDS, st.none()), _SELDOM_IDS)),
    st.just((None, None)),
)
_INDICES = mostly(st.just(0), st.sampled_from([1, 2, -1]), 6)
EDGES = st.one_of(
    st.tuples(_INDICES, _INDICES, _OWN_EVENTS),
    st.tuples(_INDICES, st.none(), events(mostly(IDS, st.none()), _SELDOM_IDS)),
    st.tuples(st.none(), _INDICES, events(_SELDOM_IDS, mostly(IDS, st.none()))),
)


def first_types() -> list[AnyType]:
    """Two types of each kind, with all properties; the second is of another version and has no external id."""
    return [
        kind.type(name=TYPE_NAMES[kind.name], version=version, external_id=external_id, properties=PROPERTIES)
        for version, external_ids in ((None, ("x", "X", "é")), ("1", (None,) * 3))
        for kind, external_id in zip(KINDS, external_ids, strict=True)
    ]


def first_graph() -> tuple[list[Execution], list[Artifact], list[Context], list[tuple[int, int, Event]]]:
    """A chain of three executions and three artifacts in three contexts, as ``put_lineage_subgraph`` takes it."""
    values: dict[str, Any] = {
        "properties": {"i": Value(int_value=1)},
        "custom_properties": {"x y": Value(string_value="u/1")},
    }
    types = _FIRST_TYPE
    return (
        [Execution(type_id=types[EXECUTION.name], last_known_state=Execution.COMPLETE, **values)] * 3,
        [Artifact(type_id=types[ARTIFACT.name], uri="u/1", external_id=name, **values) for name in ("x", "X", None)],
        [Context(type_id=types[CONTEXT.name], name=name, **values) for name in ("a", "A", "ä'\\")],
        [
            (0, 0, Event(type=Event.OUTPUT)),
            (1, 0, Event(type=Event.INPUT)),
            (1, 1, Event(type=Event.OUTPUT)),
            (2, 1, Event(type=Event.DECLARED_INPUT)),
            (2, 2, Event(type=Event.DECLARED_OUTPUT)),
        ],
    )
