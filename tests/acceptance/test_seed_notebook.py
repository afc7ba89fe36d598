"""A tutorial notebook for TFX runs from ExampleGen to Pusher with one line before it, and shows every artifact."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient

from .components_notebook import MODULES, components_notebook

pytestmark = [pytest.mark.shared, pytest.mark.tensorflow]

# The article trains 10,000 steps and evaluates 5,000: the same notebook in 107 seconds, 79 of them for these steps.
TRAIN_STEPS, EVAL_STEPS = 1000, 100
STEPS = ["example_gen", "statistics_gen", "schema_gen", "example_validator", "transform", "trainer", "resolver"]
SHOWN = [
    "show_examples",
    "show_statistics",
    "show_schema",
    "show_anomalies",
    "show_graph",
    "show_transformed",
    "show_model",
    "show_evaluation",
    "slices",
    "show_blessing",
    "show_pushed",
]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seed_notebook")


@pytest.fixture(scope="module")
def cells(shared: Path, work: Path) -> dict[str, Any]:
    """The executed cells by id."""
    notebook = components_notebook(
        shared / "acceptance" / "seed_notebook",
        shared / "data" / "chicago_taxi",
        work,
        train_steps=TRAIN_STEPS,
        eval_steps=EVAL_STEPS,
    )
    NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(work)}}).execute()
    return {cell.id: cell for cell in notebook.cells}


def text(cell: Any) -> str:
    """What a cell printed, or returned as text."""
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(parts)


def html(cell: Any) -> str:
    """What a cell shows in a notebook."""
    return "\n".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def test_the_modules_are_those_of_the_user_to_the_byte(cells: dict[str, Any], work: Path, shared: Path) -> None:
    for name in MODULES:
        file = f"{name}.py"
        assert f"Writing {file}" in text(cells[name])
        assert (work / file).read_bytes() == (shared / "acceptance" / "seed_notebook" / file).read_bytes()


def test_each_step_shows_its_execution_with_inputs_and_outputs(cells: dict[str, Any]) -> None:
    for step in [*STEPS, "evaluator", "pusher"]:
        shown = html(cells[step])
        assert "execution" in shown, step
        assert "outputs" in shown, step
    assert "CsvExampleGen" in html(cells["example_gen"])
    assert "ExampleStatistics" in html(cells["statistics_gen"])


@pytest.mark.parametrize("cell_id", SHOWN)
def test_each_artifact_is_shown_as_html_that_asks_for_nothing(cells: dict[str, Any], cell_id: str) -> None:
    shown = html(cells[cell_id])
    assert len(shown) > 500
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", shown) == []


def test_examples_and_statistics_show_the_data(cells: dict[str, Any]) -> None:
    assert '["train", "eval"]' in text(cells["splits"])
    assert "trip_start_hour" in text(cells["records"])
    shown = html(cells["show_statistics"])
    for word in ("train", "eval", "trip_miles", "payment_type"):
        assert word in shown, word


def test_schema_and_anomalies_are_those_of_clean_data(cells: dict[str, Any]) -> None:
    assert "payment_type" in html(cells["show_schema"])
    assert "No anomalies found." in html(cells["show_anomalies"])


def test_the_transform_graph_is_laid_out_as_the_article_says(cells: dict[str, Any]) -> None:
    assert text(cells["graph"]) == "['metadata', 'transform_fn', 'transformed_metadata']"
    assert "transformed_examples" in text(cells["transform_outputs"]) + html(cells["transform_outputs"])


def test_slices_are_the_hours_of_the_day(cells: dict[str, Any]) -> None:
    shown = html(cells["slices"])
    for hour in range(24):
        assert f'data-label="{hour}"' in shown, hour
    assert "binary_accuracy" in shown


def test_the_model_is_blessed_and_pushed(cells: dict[str, Any], work: Path) -> None:
    assert re.search(r"^-r.* BLESSED\s*$", text(cells["blessing"]), re.MULTILINE)
    assert "validation_ok: true" in text(cells["validation"])
    [version] = (work / "serving_model" / "taxi_simple").iterdir()
    assert (version / "saved_model.pb").is_file()
    assert "serving_default" in text(cells["signatures"])


def test_no_cell_warns_of_what_only_we_could_change(cells: dict[str, Any]) -> None:
    outputs = [output for cell in cells.values() for output in cell.get("outputs", [])]
    said = "".join(output.text for output in outputs if output.get("name") == "stderr")
    assert "Traceback" not in said
    assert "DeprecationWarning" not in said


def test_the_run_is_kept_nowhere_but_where_it_was_asked(work: Path) -> None:
    assert sorted(path.name for path in work.iterdir() if path.name != "__pycache__") == [
        "serving_model",
        *sorted(f"{name}.py" for name in MODULES),
    ]
