"""Modules written for TFX run unmodified from CSV to a pushed model, and make what TFX made of the same rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.data_validation as tfdv

pytestmark = [pytest.mark.shared, pytest.mark.tensorflow]

STEPS = 50
# The raw table has amounts, which the model's own metrics, of a label of 0 or 1, are not for.
TIPS: dict[str, Any] = {
    "model_specs": [{"signature_name": "serving_default", "label_key": "tips"}],
    "metrics_specs": [
        {
            "metrics": [
                {"class_name": "MeanLabel"},
                {"class_name": "ExampleCount", "threshold": {"value_threshold": {"lower_bound": 1000}}},
            ]
        }
    ],
    "options": {"include_default_metrics": False},
}
# As the reference was made, but for a threshold that 50 steps of training reach.
BIG_TIPPER: dict[str, Any] = {
    "model_specs": [{"signature_name": "serving_default", "label_key": "big_tipper"}],
    "metrics_specs": [
        {
            "metrics": [
                {"class_name": "ExampleCount"},
                {
                    "class_name": "BinaryAccuracy",
                    "threshold": {
                        "value_threshold": {"lower_bound": 0.1},
                        "change_threshold": {"direction": "HIGHER_IS_BETTER", "absolute": -1e-10},
                    },
                },
            ]
        }
    ],
    "slicing_specs": [{}, {"feature_keys": ["trip_start_hour"]}],
}
SCRIPT = Path(__file__).parent / "run_family_modules.py"


@dataclass(frozen=True)
class Made:
    """What a run made."""

    work: Path
    outputs: dict[str, dict[str, list[str]]]

    def path(self, node: str, key: str, *parts: str) -> Path:
        [uri] = self.outputs[node][key]
        return Path(uri, *parts)


def run_modules(shared: Path, data: str, work: Path, eval_config: dict[str, Any]) -> Made:
    modules = shared / "acceptance" / "seed_notebook"
    folders = [str(modules), str(shared / "data" / data), str(work)]
    command = [sys.executable, str(SCRIPT), *folders, json.dumps(eval_config), str(STEPS)]
    environment = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    return Made(work, json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def taxi(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run_modules(shared, "chicago_taxi", tmp_path_factory.mktemp("taxi"), TIPS)


@pytest.fixture(scope="module")
def big_tipper(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run_modules(shared, "chicago_taxi_big_tipper", tmp_path_factory.mktemp("big_tipper"), BIG_TIPPER)


def test_the_model_is_blessed_pushed_and_logged(taxi: Made) -> None:
    assert [path.name for path in taxi.path("Evaluator", "blessing").iterdir()] == ["BLESSED"]
    [version] = (taxi.work / "serving").iterdir()
    pushed = {str(path.relative_to(version)) for path in version.rglob("*") if path.is_file()}
    assert {"saved_model.pb", "keras_metadata.pb", "variables/variables.index"} <= pushed
    assert {Path(name).name for name in pushed if name.startswith("assets/")} == {
        "vocab_compute_and_apply_vocabulary_vocabulary",
        "vocab_compute_and_apply_vocabulary_1_vocabulary",
    }
    logs = [path.parent.name for path in taxi.path("Trainer", "model_run").rglob("events.out.tfevents.*")]
    assert sorted(set(logs)) == ["train", "validation"]


def test_the_files_are_those_that_tfx_writes(big_tipper: Made, shared: Path) -> None:
    listed = (shared / "reference" / "taxi" / "artifact_tree.txt").read_text().split()
    expected = set()
    for name in listed:
        parts = name.removeprefix("./").split("/")
        if len(parts) > 3 and "tfevents" not in name and parts[1] != "updated_analyzer_cache":
            expected.add("/".join([*parts[:2], *parts[3:]]))
    found = {
        f"{node}/{key}/{path.relative_to(uri)}"
        for node, outputs in big_tipper.outputs.items()
        for key, [uri] in ((key, uris) for key, uris in outputs.items() if uris)
        for path in Path(uri).rglob("*")
        if path.is_file() and "tfevents" not in path.name
    }
    assert expected - found == {name for name in expected if name.startswith("serving/")}
    assert found - expected == set()


def test_schemas_and_vocabularies_are_those_of_tfx(big_tipper: Made, shared: Path) -> None:
    reference = shared / "reference" / "taxi"
    for path, name in (
        (big_tipper.path("SchemaGen", "schema", "schema.pbtxt"), "schema.pbtxt"),
        (big_tipper.path("Transform", "transform_graph", "metadata", "schema.pbtxt"), "transform_raw_schema.pbtxt"),
        (
            big_tipper.path("Transform", "transform_graph", "transformed_metadata", "schema.pbtxt"),
            "transformed_schema.pbtxt",
        ),
    ):
        schema = tfdv.load_schema_text(str(path))
        for annotated in (schema, *schema.feature):
            annotated.ClearField("annotation")  # vocabularies and bucket boundaries; that run recorded none
        assert schema == text_format.Parse((reference / name).read_text(), schema_pb2.Schema()), name
    assets = big_tipper.path("Transform", "transform_graph", "transform_fn", "assets")
    for vocabulary in sorted((reference / "vocabularies").iterdir()):
        assert (assets / vocabulary.name).read_text() == vocabulary.read_text()


def test_each_slice_has_as_many_examples_as_with_tfx(big_tipper: Made, shared: Path) -> None:
    import gristmill.model_analysis as tfma

    ours = tfma.load_eval_result(str(big_tipper.path("Evaluator", "evaluation"))).slicing_metrics
    theirs = json.loads((shared / "reference" / "taxi" / "eval_metrics.json").read_text())
    found = {
        tuple(tuple(pair) for pair in key): metrics[""][""]["example_count"]["doubleValue"] for key, metrics in ours
    }
    expected = {
        tuple(tuple(pair) for pair in each["slice"]): each["metrics"]["example_count"]["doubleValue"] for each in theirs
    }
    assert {key: found[key] for key in found} == {tuple_of_text(key): value for key, value in expected.items()}
    assert {"binary_accuracy", "loss"} <= set(ours[0][1][""][""])


def tuple_of_text(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((name, int(value) if value.lstrip("-").isdigit() else value) for name, value in key)
