"""A report in a real browser: links unfold what they lead to, nothing is fetched, nothing overflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gristmill.dsl.annotations import InputArtifact, OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Model
from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage import trace
from gristmill.metadata.lineage_view import lineage_view
from gristmill.orchestration import LocalDagRunner
from gristmill.report import run_report

pytestmark = pytest.mark.browser

Opener = Callable[..., Any]


@component
def train(model: OutputArtifact[Model]):
    with open(model.uri + "/weights.txt", "w") as file:
        file.write("0.5 " * 1000)


@component
def copy(model: InputArtifact[Model], copied: OutputArtifact[Model]):
    with open(copied.uri + "/weights.txt", "w") as file:
        file.write(model.uri)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetadataStore]:
    folder = tmp_path_factory.mktemp("run")
    trained = train()
    copied = copy(model=trained.outputs["model"])
    path = str(folder / "metadata.sqlite")
    LocalDagRunner().run(
        Pipeline("small", str(folder / "root"), components=[trained, copied], metadata_connection_config=path)
    )
    with MetadataStore(path) as opened:
        yield opened


def test_a_click_on_a_step_of_the_graph_unfolds_it(store: MetadataStore, open_page: Opener) -> None:
    page = open_page(run_report(store).html())
    part = page.locator("details.gm-section", has=page.locator("summary", has_text="copy")).last
    assert part.get_attribute("open") is None
    page.locator(".gm-graph a[aria-label='copy']").click()
    assert part.get_attribute("open") is not None


def test_an_input_leads_to_the_view_of_the_step_that_made_it(store: MetadataStore, open_page: Opener) -> None:
    page = open_page(run_report(store).html())
    page.locator(".gm-graph a[aria-label='copy']").click()
    page.locator("table a", has_text="Model 1").first.click()
    assert page.get_by_text("1 file, 4.0 kB").first.is_visible()


@pytest.mark.parametrize("width", [480, 1400])
def test_nothing_is_wider_than_the_window(store: MetadataStore, open_page: Opener, width: int) -> None:
    for view in (run_report(store), lineage_view(trace(store, [2]))):
        page = open_page(view.html(), width=width)
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_on_a_node_of_a_lineage_leads_to_its_row(store: MetadataStore, open_page: Opener) -> None:
    page = open_page(lineage_view(trace(store, [2])).html())
    page.locator(".gm-graph a[aria-label='train']").click()
    anchor = page.evaluate("location.hash")
    assert page.locator(anchor).is_visible()
