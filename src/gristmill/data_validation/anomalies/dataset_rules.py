"""What a schema demands of the dataset as a whole."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.finding import Finding, number

__all__ = ["check_dataset"]

_Type = anomalies_pb2.AnomalyInfo


def check_dataset(schema: schema_pb2.Schema, examples: int, previous_examples: int | None) -> list[Finding]:
    """The demands of ``dataset_constraints``. A limit that is not set is no limit."""
    constraints = schema.dataset_constraints
    findings = []
    if constraints.HasField("min_examples_count") and examples < constraints.min_examples_count:
        text = f"There are {examples:,} examples; the schema requires at least {constraints.min_examples_count:,}."
        findings.append(Finding(_Type.DATASET_LOW_NUM_EXAMPLES, "Too few examples", text))
    if constraints.HasField("max_examples_count") and examples > constraints.max_examples_count:
        text = f"There are {examples:,} examples; the schema allows at most {constraints.max_examples_count:,}."
        findings.append(Finding(_Type.DATASET_HIGH_NUM_EXAMPLES, "Too many examples", text))
    if previous_examples:
        findings += _check_growth(constraints.num_examples_drift_comparator, examples / previous_examples)
    return findings


def _check_growth(limits: schema_pb2.NumericValueComparator, ratio: float) -> list[Finding]:
    seen = f"There are {number(ratio)} times as many examples as in the previous data"
    if limits.HasField("min_fraction_threshold") and ratio < limits.min_fraction_threshold:
        text = f"{seen}; the schema requires at least {number(limits.min_fraction_threshold)} times."
        return [Finding(_Type.COMPARATOR_LOW_NUM_EXAMPLES, "Fewer examples than before", text)]
    if limits.HasField("max_fraction_threshold") and ratio > limits.max_fraction_threshold:
        text = f"{seen}; the schema allows at most {number(limits.max_fraction_threshold)} times."
        return [Finding(_Type.COMPARATOR_HIGH_NUM_EXAMPLES, "More examples than before", text)]
    return []
