"""The gate that a model must pass: it is evaluated, against the last blessed model where there is one, and blessed."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.model_analysis as tfma
from gristmill.components.model_directory import eval_directory
from gristmill.dsl.artifact import Artifact
from gristmill.engine.contract import Engine
from gristmill.io import filesystem
from gristmill.io.shard import Shard

__all__ = ["BLESSED", "BLESSED_KEY", "NOT_BLESSED", "bless", "describe_subjects", "evaluate_model"]

BLESSED = "BLESSED"
NOT_BLESSED = "NOT_BLESSED"
BLESSED_KEY = "blessed"


def evaluate_model(
    shards: Sequence[Shard],
    eval_config: tfma.EvalConfig,
    model: Artifact,
    baseline: Artifact | None,
    engine: Engine,
    output_path: str,
    schema: schema_pb2.Schema | None = None,
) -> tfma.Evaluation:
    """Evaluate a model, and a baseline where there is one, and write the results.

    Without a baseline, thresholds on changes do not count: the first model has nothing to be compared with, and passes
    when it passes the others.
    """
    named = tfma.update_eval_config_with_defaults(
        eval_config, has_baseline=baseline is not None, rubber_stamp=baseline is None
    )
    uris = {spec.name: baseline if spec.is_baseline else model for spec in named.model_specs}
    models = {
        name: tfma.default_eval_shared_model(
            eval_saved_model_path=eval_directory(artifact),
            model_name=name,
            eval_config=named,
            rubber_stamp=baseline is None,
        )
        for name, artifact in uris.items()
        if artifact is not None
    }
    return tfma.evaluate(shards, eval_config, models=models, engine=engine, output_path=output_path, schema=schema)


def bless(blessing: Artifact, passed: bool, node_id: str, model: Artifact, baseline: Artifact | None) -> None:
    """Write the blessing: an empty file that tells the verdict, and properties that tell what it is about."""
    filesystem.write_bytes(filesystem.join(blessing.uri, BLESSED if passed else NOT_BLESSED), b"")
    blessing.set_int_custom_property(BLESSED_KEY, int(passed))
    describe_subjects(blessing, node_id, model, baseline)


def describe_subjects(blessing: Artifact, node_id: str, model: Artifact, baseline: Artifact | None) -> None:
    """Say which models the blessing is about."""
    blessing.set_string_custom_property("component_id", node_id)
    blessing.set_string_custom_property("current_model", model.uri)
    blessing.set_int_custom_property("current_model_id", model.id)
    if baseline is not None:
        blessing.set_string_custom_property("baseline_model", baseline.uri)
        blessing.set_int_custom_property("baseline_model_id", baseline.id)
