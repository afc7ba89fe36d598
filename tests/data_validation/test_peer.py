"""The same results as TensorFlow Data Validation itself, on made-up data that breaks schemas in every way.

Set GRISTMILL_TFDV_PYTHON to the interpreter of a virtual environment that has tensorflow-data-validation.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import gristmill.data_validation as tfdv

pytestmark = pytest.mark.peer

DRIVER = Path(__file__).parent / "peer_driver.py"


class Peer:
    """Collects requests and runs them all in one process of the peer."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.requests: list = []

    def ask(self, function: str, **arguments: object) -> int:
        number = len(self.requests)
        written = {name: self._written(f"{number}-{name}", value) for name, value in arguments.items()}
        self.requests.append([function, written])
        return number

    def run(self) -> None:
        (self.directory / "requests.json").write_text(json.dumps(self.requests))
        command = [os.environ["GRISTMILL_TFDV_PYTHON"], str(DRIVER), str(self.directory)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]

    def answer(self, number: int, message):
        error = self.directory / f"{number}.error"
        if error.exists():
            return error.read_text()
        message.ParseFromString((self.directory / f"{number}.pb").read_bytes())
        return message

    def _written(self, name: str, value: object) -> object:
        if isinstance(value, pd.DataFrame):
            value.to_parquet(self.directory / f"{name}.parquet")
            return f"{name}.parquet"
        if hasattr(value, "SerializeToString"):
            (self.directory / f"{name}.pb").write_bytes(value.SerializeToString())
            return f"{name}.pb"
        return value


@pytest.fixture
def peer(tmp_path):
    if "GRISTMILL_TFDV_PYTHON" not in os.environ:
        pytest.skip("set GRISTMILL_TFDV_PYTHON to an interpreter with tensorflow-data-validation")
    return Peer(tmp_path)


def frame(seed: int, rows: int = 700) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = np.array(["red", "green", "blue", "a b", "ä", "true", "7"])
    data = pd.DataFrame(
        {
            "whole": rng.integers(-50, 200, rows),
            "bit": rng.integers(0, 2, rows),
            "real": rng.normal(3, 10, rows),
            "single": rng.normal(0, 1, rows).astype(np.float32),
            "constant": np.full(rows, 2.5),
            "word": rng.choice(words, rows),
            "flag": rng.choice(["true", "false"], rows),
            "digits": rng.integers(0, 30, rows).astype(str),
            "many": [f"id{number}" for number in rng.integers(0, 5000, rows)],
        }
    )
    data.loc[rng.random(rows) < 0.1, ["real", "word"]] = None
    return data


DATA = {
    "base": frame(1),
    "other": frame(2),
    "wild": frame(3).assign(
        whole=lambda data: data.whole * 3,
        bit=lambda data: data.bit * 2,
        word=lambda data: data.word.fillna("new"),
        flag=lambda data: data.flag.replace("true", "maybe"),
        digits=lambda data: data.digits + "x",
    ),
    "types": frame(4).assign(whole=lambda data: data.whole + 0.5, word=1, single="text").drop(columns=["bit"]),
    "extra": frame(5).assign(extra=1, real=np.nan),
    "infinite": frame(6).assign(real=lambda data: data.real.where(data.real > 0, np.inf)),
}


def statistics(name: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    return tfdv.generate_statistics_from_dataframe(DATA[name])


# Edits of a schema that was inferred from "base".
EDITS = {
    "as inferred": "",
    "ranges": 'feature {name: "whole" int_domain {min: -10 max: 100}}'
    ' feature {name: "real" float_domain {min: 0 max: 5}}',
    "finite": 'feature {name: "real" float_domain {disallow_nan: true disallow_inf: true}}',
    "presence": 'feature {name: "real" presence {min_fraction: 0.95}} feature {name: "bit" presence {min_count: 5000}}',
    "valency": 'feature {name: "whole" value_count {min: 2 max: 3}} feature {name: "word" value_count {max: 0}}',
    "shape": 'feature {name: "real" shape {dim {size: 1}}} feature {name: "whole" shape {dim {size: 2}}}',
    "mass": 'feature {name: "word" distribution_constraints {min_domain_mass: 0.9}}',
    "stages": 'feature {name: "bit" lifecycle_stage: PLANNED} feature {name: "flag" lifecycle_stage: BETA}',
    "unique": 'feature {name: "word" unique_constraints {min: 9 max: 20}}'
    ' feature {name: "many" unique_constraints {min: 1 max: 2}}'
    ' feature {name: "real" unique_constraints {min: 1 max: 2}}',
    "strings of numbers": 'feature {name: "digits" int_domain {min: 3 max: 9}} feature {name: "word" float_domain {}}',
    "wrong domains": 'feature {name: "whole" string_domain {value: "a"}} feature {name: "many" domain: "nothing"}',
    "wrong limits": 'feature {name: "whole" int_domain {min: 5 max: 1}}'
    ' feature {name: "real" presence {min_fraction: 2}}',
    "booleans": 'feature {name: "real" bool_domain {}} feature {name: "word" bool_domain {true_value: "red"}}',
    "examples": "dataset_constraints {min_examples_count: 800 max_examples_count: 900}",
    "few examples": "dataset_constraints {min_examples_count: 1 max_examples_count: 9}",
    "lengths of texts": 'feature {name: "word" string_domain {value: "red" value: "blue"}}',
    "environments": 'default_environment: "A" feature {name: "bit" not_in_environment: "A"}',
}


def edited(schema: schema_pb2.Schema, edit: str) -> schema_pb2.Schema:
    """The schema with the features of the edit merged into those of the same name."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    patch = text_format.Parse(edit, schema_pb2.Schema())
    for feature in patch.feature:
        target = tfdv.get_feature(result, feature.name)
        for field, _ in feature.ListFields():
            if field.containing_oneof is not None:
                target.ClearField(target.WhichOneof(field.containing_oneof.name) or field.name)
            elif field.name != "name":
                target.ClearField(field.name)
        target.MergeFrom(feature)
    del patch.feature[:]
    result.MergeFrom(patch)
    return result


def findings(anomalies: anomalies_pb2.Anomalies) -> dict:
    """The types of all reasons by feature."""
    name = anomalies_pb2.AnomalyInfo.Type.Name
    found = {key: sorted(name(r.type) for r in info.reason) for key, info in anomalies.anomaly_info.items()}
    if anomalies.HasField("dataset_anomaly_info"):
        found["dataset"] = sorted(name(r.type) for r in anomalies.dataset_anomaly_info.reason)
    return found


def test_inferred_schemas_are_equal(peer):
    asked = {}
    for name in DATA:
        for shape in (True, False):
            stats = statistics(name)
            ours = tfdv.infer_schema(stats, infer_feature_shape=shape)
            asked[name, shape] = ours, peer.ask("infer_schema", statistics=stats, infer_feature_shape=shape)
    peer.run()
    for key, (ours, number) in asked.items():
        assert ours == peer.answer(number, schema_pb2.Schema()), key


def test_anomalies_have_the_same_reasons(peer):
    base = tfdv.infer_schema(statistics("base"), infer_feature_shape=False)
    asked = {}
    for edit, text in EDITS.items():
        schema = edited(base, text)
        environment = "A" if edit == "environments" else None
        for name in DATA:
            given = {"statistics": statistics(name), "schema": schema, "environment": environment}
            asked[edit, name] = tfdv.validate_statistics(**given), peer.ask("validate_statistics", **given)
    peer.run()
    differences = {}
    for key, (ours, number) in asked.items():
        theirs = peer.answer(number, anomalies_pb2.Anomalies())
        expected = theirs if isinstance(theirs, str) else findings(theirs)
        if findings(ours) != expected:
            mine = findings(ours)
            differences[key] = (
                expected
                if isinstance(expected, str)
                else {k: (mine.get(k), expected.get(k)) for k in {*mine, *expected} if mine.get(k) != expected.get(k)}
            )
    assert not differences, "\n".join(f"{k}: {v}" for k, v in differences.items())


def test_updated_schemas_are_equal(peer):
    base = tfdv.infer_schema(statistics("base"), infer_feature_shape=False)
    asked = {}
    for edit, text in EDITS.items():
        for name in DATA:
            given = {"statistics": statistics(name), "schema": edited(base, text)}
            asked[edit, name] = tfdv.update_schema(**given), peer.ask("update_schema", **given)
    peer.run()
    different = [
        str(key) + diff(peer.answer(number, schema_pb2.Schema()), ours)
        for key, (ours, number) in asked.items()
        if ours != peer.answer(number, schema_pb2.Schema())
    ]
    assert not different, "\n".join(different)


def diff(theirs, ours) -> str:
    lines = [text_format.MessageToString(message).splitlines() for message in (theirs, ours)]
    return "\n".join(difflib.unified_diff(*lines, lineterm="", n=3))


COMPARATORS = {
    "word": "infinity_norm {threshold: 0.01} jensen_shannon_divergence {threshold: 0.001}"
    " normalized_abs_difference {threshold: 0.001}",
    "real": "jensen_shannon_divergence {threshold: 0.001 source {type: QUANTILES}}",
    "whole": "jensen_shannon_divergence {threshold: 0.001}",
    "bit": "jensen_shannon_divergence {threshold: 0.001}",
    "many": "infinity_norm {threshold: 0.5} jensen_shannon_divergence {threshold: 0.001}",
}


def test_drift_and_skew_are_equal(peer):
    schema = tfdv.infer_schema(statistics("base"))
    for name, limits in COMPARATORS.items():
        feature = tfdv.get_feature(schema, name)
        for comparator in (feature.drift_comparator, feature.skew_comparator):
            text_format.Parse(limits, comparator)
    asked = {}
    # Where one side holds texts and the other numbers, the peer says nothing and we say that it cannot be compared.
    for name in sorted(DATA.keys() - {"types"}):
        given = {
            "statistics": statistics("base"),
            "schema": schema,
            "previous_statistics": statistics(name),
            "serving_statistics": statistics(name),
        }
        asked[name] = tfdv.validate_statistics(**given), peer.ask("validate_statistics", **given)
    peer.run()
    for name, (ours, number) in asked.items():
        theirs = peer.answer(number, anomalies_pb2.Anomalies())
        assert measurements(ours) == pytest.approx(measurements(theirs), abs=1e-6), name
        assert findings(ours) == findings(theirs), name


def test_statistics_of_a_dataframe_are_equal(peer):
    asked = {name: peer.ask("generate_statistics_from_dataframe", dataframe=data) for name, data in DATA.items()}
    peer.run()
    for name, number in asked.items():
        ours = {feature.path.step[0]: feature for feature in statistics(name).datasets[0].features}
        theirs = peer.answer(number, statistics_pb2.DatasetFeatureStatisticsList())
        for feature in theirs.datasets[0].features:
            assert figures(ours[feature.path.step[0]]) == figures(feature), (name, feature.path.step[0])


def figures(feature: statistics_pb2.FeatureNameStatistics) -> dict:
    """What does not depend on sketches, mean and spread rounded."""
    kind = feature.WhichOneof("stats")
    stats, common = getattr(feature, kind), getattr(feature, kind).common_stats
    shared = [feature.type, common.num_non_missing, common.num_missing, common.min_num_values, common.max_num_values]
    if kind == "string_stats":
        own = [stats.unique, round(stats.avg_length, 5), stats.top_values, stats.rank_histogram]
    else:
        edges = [f"{bucket.low_value:.9g}" for histogram in stats.histograms[:1] for bucket in histogram.buckets]
        own = [stats.num_zeros, stats.min, stats.max, edges]
        if np.isfinite(stats.max):  # the mean of infinite values is infinite for us, and NaN for the peer
            own += [f"{stats.mean:.6g}", f"{stats.std_dev:.6g}"]
    return {"common": shared, "own": own}


def measurements(anomalies: anomalies_pb2.Anomalies) -> dict:
    """Version 1.16 gives the largest difference for the normalized absolute difference, where the sum is meant."""
    return {
        (info.path.step[0], kind, measurement.type): measurement.value
        for info in anomalies.drift_skew_info
        for kind in ("drift_measurements", "skew_measurements")
        for measurement in getattr(info, kind)
        if measurement.type != anomalies_pb2.DriftSkewInfo.Measurement.NORMALIZED_ABSOLUTE_DIFFERENCE
    }
