"""FeaturePath is written and read back without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.errors import ConfigError

steps = st.lists(st.text(st.sampled_from("ab.'()"), max_size=4), min_size=1, max_size=4)


@given(steps)
def test_a_path_survives_text_and_message(parts):
    path = FeaturePath(parts)
    assert FeaturePath.from_string(str(path)) == path
    assert FeaturePath.from_proto(path.to_proto()) == path


def test_parents_and_children():
    path = FeaturePath(["a", "b"])
    assert path.parent() == FeaturePath(["a"])
    assert path.parent().child("b") == path
    assert path.parent().is_ancestor_of(path)
    assert not path.is_ancestor_of(path)


def test_plain_steps_are_joined_with_dots():
    assert str(FeaturePath(["a", "b c", "d.e"])) == "a.b c.('d.e')"


def test_a_plain_text_is_no_list_of_steps():
    with pytest.raises(ConfigError, match="list of steps"):
        FeaturePath("abc")


@pytest.mark.parametrize("text", ["('a", "('a'", "('a'b')"])
def test_an_open_quote_is_an_error(text):
    with pytest.raises(ConfigError, match="quoted step"):
        FeaturePath.from_string(text)
