"""Fingerprints: no two different values share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import ConfigError
from gristmill.orchestration.fingerprint import Fingerprint, canonical_bytes, digest_value

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.binary(max_size=8)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=8,
)


def typed_repr(value: object) -> str:
    """A text that differs whenever two trees differ in type or content, written without the code under test."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k!r}:{typed_repr(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list | tuple):
        return type(value).__name__ + "(" + ",".join(map(typed_repr, value)) + ")"
    return f"{type(value).__name__}:{value!r}"


@given(TREES, TREES)
def test_two_values_share_a_digest_only_when_they_are_the_same(a: object, b: object) -> None:
    assert (digest_value(a) == digest_value(b)) == (typed_repr(a) == typed_repr(b))


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
    ],
)
def test_values_that_look_alike_differ(a: object, b: object) -> None:
    assert digest_value(a) != digest_value(b)


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


def test_objects_without_a_canonical_form_are_refused_with_their_type() -> None:
    with pytest.raises(ConfigError, match=r"builtins\.object cannot be part of a fingerprint"):
        digest_value({"a": [object()]})


def test_the_changed_parts_are_named() -> None:
    old = Fingerprint.of({"code model.py": b"1", "parameter x": 1, "input a": "d"})
    new = Fingerprint.of({"code model.py": b"2", "parameter x": 1, "input b": "d"})
    assert new.changes_since(old.parts) == ["code model.py", "input a", "input b"]
    assert new.key != old.key
    assert new.changes_since(new.parts) == []
