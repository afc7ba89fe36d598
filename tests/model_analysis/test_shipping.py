"""What an evaluation runs on workers survives the way to another process."""

from __future__ import annotations

from typing import Any

import pytest

import gristmill.model_analysis as tfma
from gristmill.engine import LocalEngine
from gristmill.testing.shipping import check_shippable

pytest.importorskip("apache_beam")
pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]

CONFIG = """
model_specs { name: "candidate" signature_name: "serving_default" label_key: "label" example_weight_key: "weight" }
model_specs { name: "baseline" label_key: "label" is_baseline: true }
slicing_specs {}
slicing_specs { feature_keys: "hour" }
slicing_specs { feature_keys: "pay" feature_values { key: "hour" value: "3" } }
metrics_specs {
  metrics { class_name: "AUC" }
  metrics { class_name: "ExampleCount" }
  metrics { class_name: "BinaryAccuracy" threshold { value_threshold { lower_bound { value: 0.1 } } } }
  metrics { class_name: "CalibrationPlot" }
  metrics { class_name: "ConfusionMatrixPlot" }
  metrics { class_name: "MeanSquaredError" }
}
"""


class Checking(LocalEngine):
    """Checks the accumulator before it is used."""

    checked = 0

    def aggregate(self, shards: Any, accumulator: Any, *, reader: Any = None, stage: str = "") -> Any:
        check_shippable(accumulator, [batch for shard in shards for batch in reader(shard)])
        self.checked += 1
        return super().aggregate(shards, accumulator, reader=reader, stage=stage)


def test_a_pass_with_two_models_slices_and_plots_can_be_shipped(
    examples: Any, keras2_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = tfma.parse_eval_config(CONFIG)
    models = {
        name: tfma.default_eval_shared_model(keras2_path.lstrip("/"), model_name=name, eval_config=config)
        for name in ("candidate", "baseline")
    }
    engine = Checking()
    tfma.evaluate(examples.shards, config, models=models, engine=engine, output_path=None)
    assert engine.checked == 1
