"""Filters of any text are read, or refused as what they are."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.metadata import ListOptions, MetadataStore, errors
from gristmill.metadata.filter_syntax import parse
from gristmill.metadata.filter_tree import Arithmetic, Comparison, Literal, Logical, Name, Not

WORDS = "id name state LIVE contexts_a.name properties.`ab`.int_value 1 0.5 'x' NULL true . AND OR NOT IN IS"
CALLS = "LOWER( CONCAT( ROUND( IF( CAST( AS INT64 STRING BOOL"
PIECES = st.sampled_from([*WORDS.split(), *CALLS.split(), *"=<>(),+-*/", "!=", "||", "IS DISTINCT FROM"])


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(errors.InvalidArgumentError, match=r"at 1:9"):
        parse("name = '\ud800'")


def test_precedence_is_googlesqls() -> None:
    match parse("NOT a = 1 + 2 * 3 AND b OR c"):
        case Logical("OR", (Logical("AND", (Not(Comparison("=", Name(), total)), Name())), Name())):
            assert isinstance(total, Arithmetic)
            assert total.operator == "+"
            assert total.right == Arithmetic("*", Literal(2, 12), Literal(3, 16), 14)
        case other:
            raise AssertionError(other)


@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=12).map(" ".join)))
def test_any_text_is_a_filter_or_an_invalid_argument(text: str) -> None:
    with MetadataStore("sqlite://") as store, contextlib.suppress(errors.InvalidArgumentError):
        assert store.get_artifacts(ListOptions(filter_query=text)) == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\\\n'")))
def test_a_quoted_string_is_the_string(text: str) -> None:
    match parse(f"name = '{text}'"):
        case Comparison("=", Name(("name",)), Literal(value)):
            assert value == text
        case other:
            raise AssertionError(other)
