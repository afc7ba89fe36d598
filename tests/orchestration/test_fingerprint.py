"""Fingerprints: no two different values share one."""

from __future__ import annotations

import copy
import enum
import math
import struct
import types
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import ConfigError
from gristmill.orchestration.fingerprints.external_inputs import FileIdentity, from_json, to_json, without_secret_names
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint, canonical_bytes, digest_value, parts_of_kind

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**63, max_value=2**200),
    st.floats(),
    st.sampled_from([0, 1, -1, 0.0, -0.0, 1.0, True, False, "", "0", "1", b"", b"1", None]),
    st.text(st.characters(), max_size=8),  # lone surrogates included
    st.binary(max_size=8),
    st.binary(max_size=8).map(bytearray),
)
KEYS = SCALARS.filter(lambda value: not isinstance(value, bytearray))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=8,
)


class Mode(enum.StrEnum):
    FAST = "fast"


class OtherMode(enum.StrEnum):
    FAST = "fast"


class Level(enum.IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: int
    y: int


class Unit(int):
    """An int that says the same of every value, and knows more than an int."""

    def __new__(cls, value: int, name: str = "") -> Unit:
        made = super().__new__(cls, value)
        made.name = name  # type: ignore[attr-defined]
        return made

    def __str__(self) -> str:
        return "unit"

    def __deepcopy__(self, memo: object) -> Unit:
        return Unit(int(self), self.name)  # type: ignore[attr-defined]


def meaning(value: object) -> object:
    """What a tree of plain values is, type by type, such that two are equal when nothing tells them apart."""
    if isinstance(value, dict):
        return "dict", frozenset((meaning(key), meaning(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(map(meaning, value))
    if isinstance(value, float):
        return "float", value.hex() if not math.isnan(value) else struct.pack("=d", value)
    return type(value).__name__, bytes(value) if isinstance(value, bytearray) else value


def decoded(form: bytes) -> object:
    """The meaning of the value whose canonical form this is: whatever can be read back was not lost."""
    meant, end = _decoded_at(form, 0)
    assert end == len(form)
    return meant


def _decoded_at(form: bytes, start: int) -> tuple[object, int]:
    tag, (length,) = form[start : start + 1], struct.unpack_from(">Q", form, start + 1)
    end = start + 9 + length
    body = form[start + 9 : end]
    scalars = {
        b"N": lambda: None,
        b"B": lambda: body == b"\x01",
        b"I": lambda: int(body, 16),
        b"F": lambda: struct.unpack(">d", body)[0],
        b"S": lambda: body.decode("utf-8", "surrogatepass"),
        b"Y": lambda: body,
        b"A": lambda: bytearray(body),
    }
    if tag in scalars:
        return meaning(scalars[tag]()), end
    items, at = [], start + 9
    while at < end:
        item, at = _decoded_at(form, at)
        items.append(item)
    assert at == end
    if tag == b"D":
        return ("dict", frozenset(zip(items[::2], items[1::2], strict=True))), end
    return ({b"T": "tuple", b"L": "list"}[tag], tuple(items)), end


@given(TREES, TREES)
def test_two_values_share_a_digest_only_when_they_are_the_same(a: object, b: object) -> None:
    assert (digest_value(a) == digest_value(b)) == (meaning(a) == meaning(b))


@given(TREES)
def test_a_value_can_be_read_back_from_its_canonical_form(value: object) -> None:
    assert decoded(canonical_bytes(value)) == meaning(value)


@given(TREES)
def test_a_copy_has_the_digest_of_the_original(value: object) -> None:
    assert digest_value(copy.deepcopy(value)) == digest_value(value)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (1, 1.0),
        (0.0, -0.0),
        ((1, 2), [1, 2]),
        ({"a": "bc"}, {"ab": "c"}),
        (["a", "bc"], ["ab", "c"]),
        (b"a", "a"),
        (None, ""),
        (None, "None"),
        ([], ()),
        ({}, []),
        ([[1], 2], [[1, 2]]),
        ({"a": None}, {}),
        ({1: "a"}, {"1": "a"}),
        ({1: "a"}, {True: "a"}),
        (b"a", bytearray(b"a")),
        (Mode.FAST, "fast"),
        (Mode.FAST, OtherMode.FAST),
        (Level.LOW, 1),
        (np.float64(1.5), 1.5),
        (Point(1, 2), (1, 2)),
        (Point(1, 2), Point(2, 1)),
        (Unit(3, "m"), Unit(3, "cm")),
        ([10**5000], [10**5000 + 1]),
    ],
)
def test_values_that_look_alike_differ(a: object, b: object) -> None:
    assert digest_value(a) != digest_value(b)
    assert digest_value([a, a]) != digest_value([a, b])
    assert digest_value(a) == digest_value(copy.deepcopy(a))


@given(st.dictionaries(st.text(max_size=4), SCALARS, max_size=5))
def test_the_order_of_a_dict_does_not_matter(value: dict[str, object]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


@given(st.lists(TREES, min_size=2, max_size=2))
def test_a_canonical_form_is_never_a_prefix_of_another(pair: list[object]) -> None:
    a, b = map(canonical_bytes, pair)
    assert a == b or not b.startswith(a)


def test_a_digest_is_the_same_in_every_process_and_release() -> None:
    assert digest_value({"b": [1, "x"], "a": None}) == (
        "541d4e1acc3a4c5838ca98339f112b4f0e58d6cfbc1118b69e8e08d11f78b789"
    )


@pytest.mark.parametrize("value", [np.int64(1), {1, 2}, memoryview(b"a"), types.MappingProxyType({}), int, len])
def test_what_has_no_canonical_form_is_refused_rather_than_guessed(value: object) -> None:
    with pytest.raises(ConfigError, match="cannot be part of a fingerprint"):
        digest_value(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ConfigError, match="nested without end"):
        digest_value(endless)


def test_objects_without_a_canonical_form_are_refused_with_their_type() -> None:
    with pytest.raises(ConfigError, match=r"builtins\.object cannot be part of a fingerprint"):
        digest_value({"a": [object()]})


def test_the_changed_parts_are_named() -> None:
    old = Fingerprint.of({"code model.py": b"1", "parameter x": 1, "input a": "d"})
    new = Fingerprint.of({"code model.py": b"2", "parameter x": 1, "input b": "d"})
    assert new.changes_since(old.parts) == ["code model.py", "input a", "input b"]
    assert new.key != old.key
    assert new.changes_since(new.parts) == []


NAMES = st.text(st.sampled_from("a #2input file"), max_size=6)
KINDS = ("parameter", "input", "output", "code", "file")


@given(st.fixed_dictionaries({kind: st.dictionaries(NAMES, st.integers(), max_size=3) for kind in KINDS}))
def test_parts_of_different_kinds_never_share_a_name(values: dict[str, dict[str, int]]) -> None:
    parts = {name: value for kind in KINDS for name, value in parts_of_kind(kind, values[kind]).items()}
    assert len(parts) == sum(len(values[kind]) for kind in KINDS)
    assert not parts.keys() & {"node", "component", "gristmill"}


URIS = st.builds("s3://u:{}@host/{}".format, st.sampled_from("pqr"), st.sampled_from(["x", "x #2", "y"]))


@given(st.dictionaries(URIS, st.builds(FileIdentity, st.just(1), st.just(2.0), st.sampled_from("abc"))))
def test_files_whose_names_differ_in_a_secret_alone_all_count_and_tell_none(files: dict[str, FileIdentity]) -> None:
    named = without_secret_names(files)
    assert sorted(file.digest for file in named.values()) == sorted(file.digest for file in files.values())
    assert from_json(to_json(files)) == named
    assert all(name.startswith("s3://u:***@host/") for name in named)
