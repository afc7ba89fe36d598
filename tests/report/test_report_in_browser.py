"""A report in a real browser: links unfold what they lead to, nothing is fetched, nothing overflows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
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

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """A page that collects what its console says and what it asks for."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    complaints: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=FLAGS)
        opened = browser.new_page(viewport={"width": 900, "height": 800})
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("request", lambda asked: None if asked.url.startswith("file://") else complaints.append(asked.url))
        yield opened
        browser.close()
    assert complaints == []


def test_a_click_on_a_step_of_the_graph_unfolds_it(store: MetadataStore, page: Any, tmp_path: Path) -> None:
    run_report(store).save(tmp_path / "report.html")
    page.goto((tmp_path / "report.html").as_uri())
    part = page.locator("details.gm-section", has=page.locator("summary", has_text="copy")).last
    assert part.get_attribute("open") is None
    page.locator(".gm-graph a[aria-label='copy']").click()
    assert part.get_attribute("open") is not None


def test_an_input_leads_to_the_view_of_the_step_that_made_it(store: MetadataStore, page: Any, tmp_path: Path) -> None:
    run_report(store).save(tmp_path / "report.html")
    page.goto((tmp_path / "report.html").as_uri())
    page.locator(".gm-graph a[aria-label='copy']").click()
    page.locator("table a", has_text="Model 1").first.click()
    assert page.get_by_text("1 file, 4.0 kB").first.is_visible()


@pytest.mark.parametrize("width", [480, 1400])
def test_nothing_is_wider_than_the_window(store: MetadataStore, page: Any, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for view in (run_report(store), lineage_view(trace(store, [2]))):
        view.save(tmp_path / "view.html")
        page.goto((tmp_path / "view.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_on_a_node_of_a_lineage_leads_to_its_row(store: MetadataStore, page: Any, tmp_path: Path) -> None:
    lineage_view(trace(store, [2])).save(tmp_path / "lineage.html")
    page.goto((tmp_path / "lineage.html").as_uri())
    page.locator(".gm-graph a[aria-label='train']").click()
    anchor = page.evaluate("location.hash")
    assert page.locator(anchor).is_visible()
