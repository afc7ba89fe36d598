"""Transform: full-pass preprocessing whose graph runs in training and in serving."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format

import gristmill.data_validation as tfdv
from gristmill.components.artifact_access import each, only
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.split_selection import check_splits_exist, shards_of
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.channel import BaseChannel, Channel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseBeamExecutor
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.standard_artifacts import ExampleAnomalies, Examples, ExampleStatistics, Schema, TransformGraph
from gristmill.dsl.user_module import load_user_module, user_function
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem
from gristmill.proto import transform_pb2

if TYPE_CHECKING:
    import pyarrow as pa

    from gristmill.components.transform_statistics import SideStatistics, StatsOptionsUpdater
    from gristmill.engine.kept_batches import KeptBatches
    from gristmill.io.shard import Shard
    from gristmill.transform.analysis import TransformFunction

__all__ = ["Transform", "TransformExecutor", "TransformSpec"]

EXAMPLES_PREFIX = "transformed_examples"
STATISTICS_OUTPUTS = {
    "pre_transform_schema": Schema,
    "pre_transform_stats": ExampleStatistics,
    "post_transform_schema": Schema,
    "post_transform_stats": ExampleStatistics,
    "post_transform_anomalies": ExampleAnomalies,
}


class TransformSpec(ComponentSpec):
    """Inputs, outputs and parameters of Transform."""

    PARAMETERS = {
        "module_file": ExecutionParameter(type=str, optional=True),
        "preprocessing_fn": ExecutionParameter(type=str, optional=True),
        "stats_options_updater_fn": ExecutionParameter(type=str, optional=True),
        "custom_config": ExecutionParameter(type=dict, optional=True),
        "splits_config": ExecutionParameter(type=transform_pb2.SplitsConfig, optional=True),
        "disable_statistics": ExecutionParameter(type=int, optional=True),
    }
    INPUTS = {"examples": ChannelParameter(type=Examples), "schema": ChannelParameter(type=Schema)}
    OUTPUTS = {
        "transform_graph": ChannelParameter(type=TransformGraph),
        "transformed_examples": ChannelParameter(type=Examples, optional=True),
        **{key: ChannelParameter(type=kind, optional=True) for key, kind in STATISTICS_OUTPUTS.items()},
    }


class TransformExecutor(BaseBeamExecutor):
    """Analyzes some splits, writes the graph, transforms the splits, and keeps statistics of both sides."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Analyzes and transforms."""
        from gristmill import transform as tft  # loads TensorFlow
        from gristmill.components.transform_statistics import (
            SideStatistics,
            StatsType,
            write_post_transform,
            write_pre_transform,
        )
        from gristmill.engine.kept_batches import KeptBatches

        examples, engine = each(input_dict, "examples", Examples), self.context.engine
        schema = tfdv.load_schema_text(filesystem.join(only(input_dict, "schema", Schema).uri, SCHEMA_FILE))
        config = exec_properties.get("custom_config")
        analyzed, transformed = _splits(examples, exec_properties.get("splits_config"))
        updater, wanted = _updater(exec_properties), "pre_transform_stats" in output_dict
        before = SideStatistics(StatsType.PRE_TRANSFORM, schema, updater) if wanted else None
        companion = before.accumulator if before else None
        [graph] = output_dict["transform_graph"]
        # Statistics make the first pass read all features, so that what it read suits the second one.
        twice = dict.fromkeys([*analyzed, *transformed]) if companion and "transformed_examples" in output_dict else []
        with KeptBatches(engine, shards_of(examples, list(twice))) as kept:
            summary = tft.analyze(
                user_function(exec_properties, "preprocessing_fn"),
                schema,
                shards_of(examples, analyzed),
                engine=engine,
                output_dir=graph.uri,
                custom_config=json.loads(config) if config else None,
                reader_of=kept.reader,
                companion=companion,
            )
            if before:
                write_pre_transform(output_dict, before, summary.companion, shards_of(examples, analyzed), engine)
            after = SideStatistics(StatsType.POST_TRANSFORM, summary.schema, updater) if wanted else None
            function = tft.transform_function(graph.uri)
            written = self._materialize(examples, transformed, output_dict, function, after, kept)
        if after:
            raw = [] if written else shards_of(examples, transformed or analyzed)
            write_post_transform(output_dict, after, raw or written, engine, function if raw else None)
        rows = sum(shard.rows or 0 for shard in written)
        self.context.report(f"{summary}, {rows:,} rows" if written else str(summary))

    def _materialize(
        self,
        examples: list[Examples],
        splits: Sequence[str],
        output_dict: dict[str, list[Artifact]],
        function: TransformFunction,
        statistics: SideStatistics | None,
        kept: KeptBatches,
    ) -> list[Shard]:
        """Write the transformed splits, if they are an output; the shards written."""
        from gristmill.io.examples import ExamplesSink

        if "transformed_examples" not in output_dict:
            return []
        output = only(output_dict, "transformed_examples", Examples)
        written: list[Shard] = []
        for split in splits:
            sink = ExamplesSink({split: filesystem.join(output.uri, f"Split-{split}")}, prefix=EXAMPLES_PREFIX)
            results = self.context.engine.map(
                shards_of(examples, [split]),
                partial(_transformed, split, function),
                statistics.along_with(sink) if statistics else sink,
                reader=kept.reader(function.columns, last=True),
                stage=f"transforming {split}",
            )
            written += results[split]
        output.splits = list(splits)
        output.span = max(artifact.span for artifact in examples)
        return written


def _transformed(split: str, function: TransformFunction, batch: pa.RecordBatch) -> dict[str, pa.RecordBatch]:
    return {split: function(batch)}


def _splits(examples: list[Examples], splits_config: str | None) -> tuple[list[str], list[str]]:
    """Which splits to analyze and which to transform: train, and all, unless the configuration says otherwise."""
    known = [split for split in examples[0].splits if all(split in artifact.splits for artifact in examples)]
    config = json_format.Parse(splits_config, transform_pb2.SplitsConfig()) if splits_config else None
    if config is not None and not config.analyze:
        raise ConfigError(
            "splits_config.analyze must name at least one split",
            value=splits_config,
            hint="list them: SplitsConfig(analyze=['train'], transform=['train', 'eval'])",
        )
    analyze = list(config.analyze) if config is not None else ["train"]
    transform = list(config.transform) if config is not None else known
    check_splits_exist([*analyze, *transform], known)
    return analyze, transform


def _updater(exec_properties: dict[str, Any]) -> StatsOptionsUpdater | None:
    """The user's function that changes statistics options; a module file need not have one."""
    name = "stats_options_updater_fn"
    if exec_properties.get("module_file"):
        return getattr(load_user_module(exec_properties["module_file"]), name, None)
    return user_function(exec_properties, name) if exec_properties.get(name) else None


class Transform(BaseBeamComponent):
    """Applies the user's ``preprocessing_fn``.

    Outputs: ``transform_graph``, ``transformed_examples`` (unless ``materialize`` is off), and, unless
    ``disable_statistics`` is set, ``pre_transform_schema``, ``pre_transform_stats``, ``post_transform_schema``,
    ``post_transform_stats`` and ``post_transform_anomalies``.
    """

    SPEC_CLASS = TransformSpec
    EXECUTOR_SPEC = BeamExecutorSpec(TransformExecutor)

    def __init__(
        self,
        examples: BaseChannel,
        schema: BaseChannel,
        module_file: str | None = None,
        preprocessing_fn: str | None = None,
        splits_config: transform_pb2.SplitsConfig | dict[str, Any] | None = None,
        analyzer_cache: BaseChannel | None = None,
        materialize: bool = True,
        disable_analyzer_cache: bool = False,
        force_tf_compat_v1: bool = False,
        custom_config: dict[str, Any] | None = None,
        disable_statistics: bool = False,
        stats_options_updater_fn: str | None = None,
    ) -> None:
        """
        Args:
            examples: channel of Examples.
            schema: channel of a Schema.
            module_file: Python file that defines ``preprocessing_fn(inputs[, custom_config])``, and perhaps
                ``stats_options_updater_fn(stats_type, StatsOptions)``.
            preprocessing_fn: dotted path of the function instead.
            splits_config: which splits to analyze (train by default) and to transform (all by default).
            analyzer_cache: not supported yet.
            materialize: whether to write the transformed examples.
            disable_analyzer_cache: analyzers run over all data each time either way.
            force_tf_compat_v1: not supported.
            custom_config: JSON values handed to ``preprocessing_fn``.
            disable_statistics: whether to leave out the statistics: those of the analyzed splits before, and of the
                transformed splits after (of the analyzed ones, where none is transformed).
            stats_options_updater_fn: dotted path; not together with ``module_file``.

        Raises:
            ConfigError: not exactly one of module_file and preprocessing_fn.
        """
        if bool(module_file) == bool(preprocessing_fn):
            raise ConfigError(
                "Transform takes exactly one of module_file and preprocessing_fn",
                hint="pass module_file='features.py', which defines preprocessing_fn(inputs)",
            )
        if module_file and stats_options_updater_fn:
            raise ConfigError(
                "stats_options_updater_fn belongs into the module_file, where there is one",
                hint="define stats_options_updater_fn there, and leave the parameter out",
            )
        if analyzer_cache is not None:
            raise NotSupportedError("results of analyzers are not kept between runs yet", hint="drop analyzer_cache")
        if force_tf_compat_v1:
            raise NotSupportedError("the graph is always traced as TensorFlow 2", hint="drop force_tf_compat_v1")
        outputs: dict[str, Channel] = {}
        if materialize:
            outputs["transformed_examples"] = Channel(type=Examples)
        if not disable_statistics:
            outputs.update({key: Channel(type=kind) for key, kind in STATISTICS_OUTPUTS.items()})
        super().__init__(
            TransformSpec(
                examples=examples,
                schema=schema,
                module_file=module_file,
                preprocessing_fn=preprocessing_fn,
                stats_options_updater_fn=stats_options_updater_fn,
                custom_config=custom_config,
                splits_config=splits_config,
                disable_statistics=int(disable_statistics),
                **outputs,
            )
        )
