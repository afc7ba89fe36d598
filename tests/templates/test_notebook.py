"""The taxi template's notebook runs from top to bottom in a copied project, and is kept without outputs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gristmill.cli.template import copy_template
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import list_runs

NOTEBOOK = "explore.ipynb"


def source() -> Any:
    text = resources.files("gristmill").joinpath("templates", "taxi", NOTEBOOK).read_text(encoding="utf-8")
    return nbformat.reads(text, as_version=4)


def execute(project: Path) -> dict[str, Any]:
    """Run the notebook in the project; its cells by id."""
    notebook = nbformat.read(project / NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(project)}}).execute()
    return {cell.id: cell for cell in notebook.cells}


def shown(cell: Any) -> str:
    """What a cell printed, or showed as text."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(texts)


def test_it_is_kept_without_outputs() -> None:
    for cell in source().cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None), cell.id


@pytest.mark.tensorflow
def test_it_makes_a_run_shows_it_and_makes_no_second_one(tmp_path: Path) -> None:
    copy_template("taxi", tmp_path)
    pipeline = tmp_path / "pipeline.py"
    steps = "TRAIN_STEPS, EVAL_STEPS = 1000, 100"
    assert steps in pipeline.read_text()
    pipeline.write_text(pipeline.read_text().replace(steps, "TRAIN_STEPS, EVAL_STEPS = 100, 10"))

    cells = execute(tmp_path)
    assert "Trainer" in shown(cells["run"])
    assert "payment_type" in shown(cells["domains"])
    assert "trip_miles" in shown(cells["numbers"])
    assert "Overall" in shown(cells["evaluation"])
    assert "TransformGraph" in shown(cells["lineage"])
    assert "tips more than a fifth with probability" in shown(cells["prediction"])

    execute(tmp_path)
    with MetadataStore(str(tmp_path / "metadata.sqlite")) as store:
        assert len(list_runs(store)) == 1
