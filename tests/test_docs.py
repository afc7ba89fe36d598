"""The documentation says what the code has: commands, components, names, links, chores."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gristmill import components
from gristmill.cli.main import app
from gristmill.components import FnArgs, planned
from gristmill.data_validation import not_built
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.io.csv import CsvOptions
from gristmill.model_analysis.metrics.registry import NOT_SUPPORTED

CHECKOUT = Path(__file__).resolve().parent.parent
DOCS = CHECKOUT / "docs"
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
PUBLIC = [
    "gristmill.artifact_views",
    "gristmill.compat",
    "gristmill.components",
    "gristmill.data_validation",
    "gristmill.data_validation.display",
    "gristmill.display",
    "gristmill.dsl",
    "gristmill.dsl.components",
    "gristmill.dsl.experimental",
    "gristmill.dsl.placeholders",
    "gristmill.engine",
    "gristmill.errors",
    "gristmill.extensions.google_cloud_ai_platform",
    "gristmill.extensions.google_cloud_big_query",
    "gristmill.io.csv",
    "gristmill.io.tensors",
    "gristmill.metadata",
    "gristmill.model_analysis",
    "gristmill.model_analysis.dataframe",
    "gristmill.model_analysis.metrics",
    "gristmill.model_analysis.view",
    "gristmill.orchestration",
    "gristmill.orchestration.interactive",
    "gristmill.report",
    "gristmill.serving.beam",
    "gristmill.serving.inference",
    "gristmill.testing",
    "gristmill.transform",
    "gristmill.types",
    "gristmill.types.standard_artifacts",
    "gristmill.utils",
]
NEEDS_TENSORFLOW = {"gristmill.io.tensors", "gristmill.transform"}
NO_COMPONENTS = {"DataAccessor", "FnArgs", *planned.__all__}
COMPONENTS = sorted(set(components.__all__) - NO_COMPONENTS)


def page_of(component: str) -> str:
    """``CsvExampleGen`` has the page ``csv-example-gen.md``."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", component).lower()
    return (DOCS / "components" / f"{name}.md").read_text(encoding="utf-8")


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from commands(child, f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(app), "gristmill"))


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_has_a_section_that_names_each_of_its_options(path: str) -> None:
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    _, heading, rest = text.partition(f"\n## {path}\n")
    assert heading, f"docs/cli.md has no section '## {path}'"
    section = rest.partition("\n## ")[0]
    for parameter in COMMANDS[path].params:
        if parameter.param_type_name == "option" and "--help" not in parameter.opts:
            for option in parameter.opts:
                assert re.search(rf"`{re.escape(option)}[ `]", section), f"{path}: {option}"


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_a_page_that_names_each_of_its_parameters(name: str) -> None:
    text = page_of(name)
    assert text.startswith(f"# {name}\n")
    component = getattr(components, name)
    for parameter in list(inspect.signature(component.__init__).parameters)[1:]:
        assert f"`{parameter}`" in text, f"{name}: {parameter}"
    for section in ("## Example", "## Parameters", "## What it writes", "## What goes wrong"):
        assert f"\n{section}\n" in text, f"{name}: {section}"


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_s_page_names_each_of_its_inputs_and_outputs(name: str) -> None:
    spec = getattr(getattr(components, name), "SPEC_CLASS", None)
    for key in (*spec.INPUTS, *spec.OUTPUTS) if spec is not None else ():
        assert f"`{key}`" in page_of(name), f"{name}: {key}"


@pytest.mark.parametrize(("described", "component"), [(FnArgs, "Trainer"), (CsvOptions, "CsvExampleGen")])
def test_the_attributes_of_what_users_get_and_give_are_named(described: Any, component: str) -> None:
    for field in dataclasses.fields(described):
        assert re.search(rf"[`(, ]{field.name}[`=]", page_of(component)), field.name


def test_what_is_not_there_is_listed_with_what_to_use_instead() -> None:
    from gristmill.data_validation.stats_options import _NOT_BUILT

    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    assert set(_NOT_BUILT) <= set(inspect.signature(StatsOptions.__init__).parameters)
    for name in (*planned.__all__, *not_built.__all__, *NOT_SUPPORTED, *_NOT_BUILT):
        assert re.search(rf"`(\w+\.)?{name}[`=]", text), name


@pytest.mark.tensorflow
def test_what_transform_does_not_have_is_listed() -> None:
    from gristmill.transform import not_supported

    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    for name in not_supported.__all__:
        assert re.search(rf"`(\w+\.)?{name}`", text), name


def public_packages() -> list[object]:
    return [pytest.param(name, marks=[pytest.mark.tensorflow] if name in NEEDS_TENSORFLOW else []) for name in PUBLIC]


@pytest.mark.parametrize("package", public_packages())
def test_every_public_class_and_function_has_a_docstring(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__doc__
    for name in module.__all__:
        value = getattr(module, name)
        if (inspect.isclass(value) or inspect.isroutine(value)) and value.__module__.startswith("gristmill."):
            is_message = hasattr(value, "DESCRIPTOR")
            assert is_message or (value.__doc__ or "").strip(), f"{package}.{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = page if not path else page.parent / path
        assert linked.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(linked), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_chores_that_are_shown_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for target in re.findall(r"^\s*(?:\$ )?make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        assert target in targets, f"{page.name}: make {target}"


def test_every_page_is_reached_from_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in sorted(DOCS.rglob("*.md")):
        if page.name != "index.md" and page.parent.name != "components":
            assert f"({page.relative_to(DOCS)})" in index, page.name
    components_index = (DOCS / "components" / "index.md").read_text(encoding="utf-8")
    for page in sorted((DOCS / "components").glob("*.md")):
        assert page.name == "index.md" or f"({page.name})" in components_index, page.name
