"""Source slices: what a function can reach by name, no less, and little more."""

from __future__ import annotations

import pytest

from gristmill.orchestration.fingerprints.source_slice import Import, slice_source

MODULE = '''
"""A pipeline file."""
import os
import helper_a
from helper_b import scale as rescale
from . import sibling

FACTOR = 3
TABLE = {}
TABLE["x"] = FACTOR

def inner(x):
    return x * FACTOR

def first(x):
    """Doc."""
    return inner(helper_a.load(x))  # a comment

def second(x):
    return rescale(sibling.y(x))

def pipeline():
    return [first, second]

if __name__ == "__main__":
    first(second(1))
'''


def text(names: list[str], source: str = MODULE) -> str:
    return slice_source(source, names).text


def test_a_function_brings_what_it_calls_and_the_constants_behind_it() -> None:
    kept = text(["first"])
    assert "def inner" in kept
    assert "FACTOR = 3" in kept
    assert "def second" not in kept
    assert "def pipeline" not in kept


def test_only_the_imports_that_are_used_count() -> None:
    assert slice_source(MODULE, ["first"]).imports == (Import("helper_a", 0, ""),)
    assert slice_source(MODULE, ["second"]).imports == (Import("", 1, "sibling"), Import("helper_b", 0, "scale"))


@pytest.mark.parametrize(
    "edit",
    [
        lambda source: source.replace("# a comment", "# another"),
        lambda source: source.replace("def second(x):", "def second(x, y=0):"),
        lambda source: source.replace("return [first, second]", "return [second]"),
        lambda source: source.replace("first(second(1))", "first(2)"),
        lambda source: source.replace("A pipeline file.", "Another."),
    ],
)
def test_edits_elsewhere_leave_the_slice_alone(edit) -> None:  # type: ignore[no-untyped-def]
    assert text(["first"], edit(MODULE)) == text(["first"])


@pytest.mark.parametrize(
    "edit",
    [
        lambda source: source.replace("FACTOR = 3", "FACTOR = 4"),
        lambda source: source.replace("x * FACTOR", "x + FACTOR"),
        lambda source: source.replace("import helper_a", "import helper_c as helper_a"),
        lambda source: source + "\nos.environ.update(A='1')\n",
        lambda source: source + "\nFACTOR += 1\n",
    ],
)
def test_edits_that_can_matter_change_the_slice(edit) -> None:  # type: ignore[no-untyped-def]
    assert text(["first"], edit(MODULE)) != text(["first"])


def test_a_table_filled_below_its_definition_belongs_to_its_users() -> None:
    assert "TABLE[" in text(["f"], MODULE + "\ndef f():\n    return TABLE\n")


def test_a_name_in_a_quoted_annotation_counts() -> None:
    assert "class Report" in text(["f"], "class Report: ...\ndef f(x: 'Report'): ...\n")


@pytest.mark.parametrize("line", ["y = globals()['first']", "import importlib"])
def test_a_module_that_reaches_names_in_hidden_ways_counts_as_a_whole(line: str) -> None:
    assert "def second" in text(["first"], MODULE + "\n" + line + "\n")


def test_branches_bind_their_names() -> None:
    source = "try:\n    import fast as f\nexcept ImportError:\n    import slow as f\ndef g():\n    return f.x\n"
    assert slice_source(source, ["g"]).imports == (Import("fast", 0, ""), Import("slow", 0, ""))


def test_what_a_star_import_brings_always_counts() -> None:
    assert Import("somewhere", 0, "*") in slice_source(MODULE + "\nfrom somewhere import *\n", ["first"]).imports
