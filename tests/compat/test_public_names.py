"""Existing pipelines are written against the public API: every name of it resolves, ours and the family's the same."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .public_names import PUBLIC_NAMES

pytestmark = pytest.mark.usefixtures("family")

EACH = [(namespace, name) for namespace, names in PUBLIC_NAMES.items() for name in names.split()]
# Words of the reference's table that are no names; and names that the family lists without defining them.
PROSE = {
    "also",
    "artifacts",
    "as",
    "but",
    "executions",
    "exists",
    "is",
    "keys",
    "module",
    "names",
    "not",
    "submodules",
} | {"a", "imported"}
NEVER_DEFINED = {"Filesystem", "get_default_kubeflow_metadata_config"}


@pytest.mark.parametrize(("namespace", "name"), EACH, ids=lambda text: text)
def test_a_public_name_is_ours_under_every_prefix(namespace: str, name: str) -> None:
    ours = getattr(importlib.import_module(f"gristmill.{namespace}"), name)
    for package in ("tfx.v1", "tfx"):
        theirs = getattr(importlib.import_module(f"{package}.{namespace}"), name)
        if getattr(theirs, "__spec__", None) is None:  # a module is seen through a view of its own
            assert theirs is ours


def test_the_packages_are_attributes_of_each_other() -> None:
    import tfx
    import tfx.v1 as v1

    assert v1.components is tfx.v1.components
    assert v1.components.Trainer is tfx.components.Trainer
    assert re.match(r"1\.\d+\.\d+", tfx.__version__)


@pytest.mark.shared
def test_the_list_is_that_of_the_reference(shared: Path) -> None:
    found = dict(reference_names(shared))
    assert {"components", "dsl", "proto", "orchestration.experimental"} <= set(found)
    for namespace, names in found.items():
        listed = set(PUBLIC_NAMES[namespace].split())
        # Keys of cloud configurations are told by one word there.
        assert names <= listed or namespace.startswith("extensions."), (namespace, names - listed)


def reference_names(shared: Path) -> Iterator[tuple[str, set[str]]]:
    """The rows of the reference's table: namespace, names."""
    text = (shared / "reference" / "api" / "tfx.md").read_text(encoding="utf-8")
    section = text.partition("\n## 1. ")[2].partition("\n## 2. ")[0]
    for namespace, row in re.findall(r"^\| `([\w.]+)` \| (.+) \|$", section, re.MULTILINE):
        if namespace.startswith("__"):
            continue
        plain = re.sub(r"\([^)]*\)|`[^`]*\.[^`]*`|;? `__all__`.*| — .*| = .*", "", row)
        names = set(re.findall(r"\w+", plain)) - PROSE - NEVER_DEFINED
        yield namespace, {name for name in names if not name.startswith("_")}
