"""The public lists are exact: what a package offers is what its ``__all__`` names, and every name is there."""

from __future__ import annotations

from types import ModuleType

import pytest

# Packages and facades that users import from.
PUBLIC = [
    "gristmill",
    "gristmill.artifact_views",
    "gristmill.compat",
    "gristmill.components",
    "gristmill.data_validation",
    "gristmill.data_validation.display",
    "gristmill.display",
    "gristmill.dsl",
    "gristmill.dsl.components",
    "gristmill.dsl.experimental",
    "gristmill.dsl.io",
    "gristmill.dsl.placeholders",
    "gristmill.dsl.standard_annotations",
    "gristmill.engine",
    "gristmill.errors",
    "gristmill.extensions.google_cloud_ai_platform",
    "gristmill.extensions.google_cloud_big_query",
    "gristmill.io.csv",
    "gristmill.metadata",
    "gristmill.metadata.errors",
    "gristmill.model_analysis",
    "gristmill.model_analysis.constants",
    "gristmill.model_analysis.dataframe",
    "gristmill.model_analysis.metrics",
    "gristmill.model_analysis.slicer",
    "gristmill.model_analysis.view",
    "gristmill.orchestration",
    "gristmill.orchestration.experimental",
    "gristmill.orchestration.interactive",
    "gristmill.orchestration.metadata",
    "gristmill.proto",
    "gristmill.report",
    "gristmill.serving",
    "gristmill.serving.beam",
    "gristmill.serving.inference",
    "gristmill.testing",
    "gristmill.types",
    "gristmill.types.standard_artifacts",
    "gristmill.utils",
]
NEED_TENSORFLOW = [
    "gristmill.io.tensors",
    "gristmill.transform",
    "gristmill.transform.coders",
    "gristmill.transform.experimental",
    "gristmill.transform.tf_metadata",
]
ALL = [*PUBLIC, *(pytest.param(name, marks=pytest.mark.tensorflow) for name in NEED_TENSORFLOW)]


def load(name: str) -> ModuleType:
    return __import__(name, fromlist=["__name__"])


@pytest.mark.parametrize("name", ALL)
def test_every_listed_name_is_there(name: str) -> None:
    module = load(name)
    for member in module.__all__:
        getattr(module, member)  # raises AttributeError


@pytest.mark.parametrize("name", ALL)
def test_the_list_is_sorted_and_names_nothing_twice(name: str) -> None:
    listed = load(name).__all__
    assert sorted(set(listed), key=ruff_order) == list(listed)


def ruff_order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions; each in order (ruff's RUF022 orders them so)."""
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


# Names that a package must have to do its work, and that nobody should use.
INTERNAL = {("gristmill.io.tensors", "load_tensorflow_quietly")}  # called when the package is imported, before all else


@pytest.mark.parametrize("name", ALL)
def test_nothing_public_is_left_out_of_the_list(name: str) -> None:
    """What a package defines or takes from its own modules is listed; importlib, typing and the like are no offer."""
    module = load(name)
    for member in set(vars(module)) - set(module.__all__):
        value = vars(module)[member]
        home = getattr(value, "__module__", None) or ""
        is_own = not isinstance(value, ModuleType) and home.startswith(name)
        assert member.startswith("_") or not is_own or (name, member) in INTERNAL, member
