"""A view is shown where the user is."""

from __future__ import annotations

import logging
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from gristmill.display import Markup, View, show

CELLS = [
    "from gristmill.display import Markup, View, show\nview = View('Shown', Markup('<p>here</p>'))",
    "show(view)",
    "view",
]


def test_outside_of_a_notebook_a_hint_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        show(View("Shown", Markup("<p>here</p>")))
    assert ".save('view.html')" in caplog.text


def test_a_notebook_gets_html_by_showing_and_as_the_value_of_a_cell(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown, value = notebook.cells[1].outputs, notebook.cells[2].outputs
    for [output] in (shown, value):
        assert "<p>here</p>" in output["data"]["text/html"]
        assert output["data"]["text/plain"] == "<View 'Shown'>"
    # The same view, so that front ends that compare outputs see no change.
    assert shown[0]["data"] == value[0]["data"]
