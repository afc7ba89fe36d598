"""TensorFlow Serving's own messages read the logs that are written here.

The original lives in an environment of its own, which this test finds by name:

    python -m venv /tmp/serving && /tmp/serving/bin/pip install tensorflow-serving-api
    GRISTMILL_SERVING_PYTHON=/tmp/serving/bin/python pytest tests/serving/inference/test_peer.py
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest

from gristmill.io.tfrecord import write_records
from gristmill.serving.inference import PredictionLogs, ServedModel

SCRIPT = Path(__file__).with_name("peer_script.py")
pytestmark = [pytest.mark.tensorflow, pytest.mark.peer]


def test_the_original_reads_our_logs(
    records: pa.RecordBatch, plain_model: str, served_with_methods: str, tmp_path: Path
) -> None:
    python = os.environ.get("GRISTMILL_SERVING_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_SERVING_PYTHON to a Python that has tensorflow-serving-api")
    models = [ServedModel(plain_model, ("many",)), ServedModel(served_with_methods, ("serving_default", "regress"))]
    logs = [log for model in models for log in PredictionLogs(model)(records)["prediction_logs"].column(0).to_pylist()]
    write_records(str(tmp_path / "logs.gz"), logs, compress=True)
    done = subprocess.run([python, str(SCRIPT), str(tmp_path / "logs.gz")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [log[0] for log in found] == ["predict_log"] * 3 + ["multi_inference_log"] * 3
    assert found[1][1]["doubled"] == [4]
    assert found[1][1]["words"] == [["tram", "TRAM"]]
    assert found[5][1:] == [["distance", "kind", "seats"], ["near", "far"], pytest.approx(120.0)]
