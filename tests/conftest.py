"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from .disks import Disk, mounted

# Machines are shared and noisy: how long an example takes says nothing about the code. CI takes the same examples in
# every run, so that it judges the change alone; a developer's runs search on.
settings.register_profile("gristmill", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gristmill")

# A shell that starts the tests in the background has them ignore Ctrl-C, and all runs that they stop by it.
signal.signal(signal.SIGINT, signal.default_int_handler)

CHECKOUT = Path(__file__).resolve().parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A metadata store in a file that holds something of everything; not to be changed."""
    from .metadata.small_store import make_file

    path = tmp_path_factory.mktemp("small_store") / "metadata.db"
    make_file(path)
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: $GRISTMILL_SHARED, else `shared` beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("GRISTMILL_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("no reference data beside this checkout; set GRISTMILL_SHARED")
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of its own for a test."""
    made = mounted(tmp_path / "disk")
    yield made
    made.unmount()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens HTML from a file; fails the test where the page's console says anything or the page asks for anything."""
    complaints: list[str] = []
    contexts = []

    def open_it(html: str, *, scheme: str = "light", width: int = 1200) -> Any:
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url == path.as_uri() else complaints.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
