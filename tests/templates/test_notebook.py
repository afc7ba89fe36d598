"""The taxi template's notebook runs from top to bottom in a copied project, and is kept without outputs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gristmill.cli.template import copy_template
from gristmill.dsl.user_module import load_user_module
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, RunOptions
from gristmill.orchestration.history import list_runs, node_records

NOTEBOOK = "notebook.ipynb"
STEPS = ["CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform", "Trainer",
         "latest_blessed_model", "Evaluator", "Pusher"]  # fmt: skip


def source() -> Any:
    text = resources.files("gristmill").joinpath("templates", "taxi", NOTEBOOK).read_text(encoding="utf-8")
    return nbformat.reads(text, as_version=4)


def execute(project: Path) -> dict[str, Any]:
    """Run the notebook in the project; its cells by id."""
    notebook = nbformat.read(project / NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(project)}}).execute()
    return {cell.id: cell for cell in notebook.cells}


def shown(cell: Any) -> str:
    """What a cell printed, or showed as text and as HTML."""
    texts = [output.get("text", "") + "".join(output.get("data", {}).values()) for output in cell.outputs]
    return "\n".join(texts)


def test_it_is_kept_without_outputs() -> None:
    for cell in source().cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None), cell.id


@pytest.mark.tensorflow
def test_each_step_runs_shows_what_it_made_and_is_the_pipelines(tmp_path: Path) -> None:
    copy_template("taxi", tmp_path)
    pipeline = tmp_path / "pipeline.py"
    steps = "TRAIN_STEPS, EVAL_STEPS = 1000, 100"
    assert steps in pipeline.read_text()
    pipeline.write_text(pipeline.read_text().replace(steps, "TRAIN_STEPS, EVAL_STEPS = 100, 10"))

    cells = execute(tmp_path)
    assert "✓ CsvExampleGen" in shown(cells["examples"])
    assert "15,000 rows" in shown(cells["examples"])
    assert "payment_type" in shown(cells["show-examples"])
    assert "trip_miles" in shown(cells["show-statistics"])
    assert "payment_type" in shown(cells["schema"])
    assert "No anomalies found." in shown(cells["anomalies"])
    assert "company_xf" in shown(cells["show-transform"])
    assert "serving_default" in shown(cells["show-trainer"])
    assert "trip_start_hour" in shown(cells["evaluator"])
    assert "The model is" in shown(cells["evaluator"])
    assert "tips more than a fifth with probability" in shown(cells["prediction"])
    with MetadataStore(str(tmp_path / "metadata.sqlite")) as store:
        [run] = list_runs(store, "taxi")
        assert {node.node_id: node.state for node in node_records(store, run)} == dict.fromkeys(STEPS, "complete")

    options = RunOptions(to_nodes=["Trainer"])
    result = LocalDagRunner().run(load_user_module(str(pipeline)).create_pipeline(), options)
    assert {result.nodes[node_id].state.value for node_id in STEPS[:6] if node_id != "ExampleValidator"} == {"cached"}
