"""The whole taxi chain gives the same answer on every engine: bit for bit, unless a test states a tolerance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("apache_beam")

from gristmill.orchestration import NodeState

from .runners import HANGS_UP, RUNNERS, flags_of
from .taxi_chain import SPLITS, Made, cut_table, run_chain

pytestmark = [
    pytest.mark.beam,
    pytest.mark.shared,
    pytest.mark.tensorflow,
    pytest.mark.timeout(900),  # a cluster takes seconds for every job
    HANGS_UP,
]

# A model's float32 arithmetic may take another order when batches are cut elsewhere: some units in the last place.
RELATIVE = 1e-5


@pytest.fixture(scope="module")
def table(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trips") / "data"
    cut_table(shared / "data" / "chicago_taxi_big_tipper" / "data.csv", folder)
    return folder


@pytest.fixture(scope="module")
def local(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The chain on the local engine, with the model that the others evaluate."""
    return run_chain(table, tmp_path_factory.mktemp("local"), [])


@pytest.fixture(scope="module", params=RUNNERS)
def made(request: pytest.FixtureRequest, table: Path, local: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The chain on a Beam runner."""
    flags = flags_of(request.param)
    return run_chain(table, tmp_path_factory.mktemp(request.param), flags, local.folder("Trainer", "model"))


def test_every_step_ran(made: Made) -> None:
    assert {node.state for node in made.result.nodes.values()} == {NodeState.COMPLETE}


def test_example_gen_puts_the_same_rows_into_each_split(made: Made, local: Made) -> None:
    for split in SPLITS:
        rows = made.rows("CsvExampleGen", "examples", f"Split-{split}")
        assert rows == local.rows("CsvExampleGen", "examples", f"Split-{split}")
        assert len(rows) > 4000


def test_examples_lie_in_several_shards_so_that_states_had_to_be_merged(made: Made) -> None:
    assert len(made.files("CsvExampleGen", "examples", "Split-train")) > 1


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("StatisticsGen", "statistics"),
        ("SchemaGen", "schema"),
        ("ExampleValidator", "anomalies"),
        ("Transform", "pre_transform_schema"),
        ("Transform", "pre_transform_stats"),
        ("Transform", "post_transform_schema"),
        ("Transform", "post_transform_stats"),
        ("Transform", "post_transform_anomalies"),
    ],
)
def test_statistics_schemas_and_anomalies_are_the_same_to_the_byte(
    made: Made, local: Made, node: str, key: str
) -> None:
    files = local.files(node, key)
    assert files
    assert made.files(node, key) == files
    for name in files:
        assert made.bytes_of(node, key, name) == local.bytes_of(node, key, name), name


def test_transform_finds_the_same_vocabularies(made: Made, local: Made) -> None:
    for name in ("company", "payment_type"):
        file = f"transform_fn/assets/{name}"
        vocabulary = local.bytes_of("Transform", "transform_graph", file)
        assert vocabulary
        assert made.bytes_of("Transform", "transform_graph", file) == vocabulary


def test_transform_finds_the_same_constants(made: Made, local: Made) -> None:
    assert _constants(made) == _constants(local)


def test_transformed_rows_are_the_same(made: Made, local: Made) -> None:
    for split in SPLITS:
        rows = made.rows("Transform", "transformed_examples", f"Split-{split}")
        assert rows
        assert rows == local.rows("Transform", "transformed_examples", f"Split-{split}")


def test_metrics_and_plots_of_every_slice_are_the_same(made: Made, local: Made) -> None:
    ours, theirs = made.evaluation(), local.evaluation()
    assert len(theirs) == 25
    assert ours.keys() == theirs.keys()
    for slice_key, values in theirs.items():
        assert ours[slice_key].keys() == values.keys()
        found = [ours[slice_key][name] for name in values]
        np.testing.assert_allclose(found, list(values.values()), rtol=RELATIVE, err_msg=slice_key)


def test_both_bless_the_model_alike(made: Made, local: Made) -> None:
    assert made.files("Evaluator", "blessing") == local.files("Evaluator", "blessing") == ["BLESSED"]


def test_predictions_are_the_same_for_every_row(made: Made, local: Made) -> None:
    inputs, predictions = made.predictions()
    expected_inputs, expected = local.predictions()
    assert len(expected) > 4000
    assert inputs == expected_inputs
    np.testing.assert_allclose(predictions, expected, rtol=RELATIVE)


def _constants(made: Made) -> Counter[bytes]:
    """All constants of the transform graph, what analyzers found among them; names of functions differ by run."""
    from tensorflow.core.protobuf import saved_model_pb2

    model: Any = saved_model_pb2.SavedModel()
    model.ParseFromString(made.bytes_of("Transform", "transform_graph", "transform_fn/saved_model.pb"))
    graph = model.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return Counter(node.attr["value"].tensor.SerializeToString() for node in nodes if node.op == "Const")
