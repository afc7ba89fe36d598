"""Runs an evaluation: one pass over the examples, then comparison, verdict and files."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.engine.contract import Engine
from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.io.examples import read_examples
from gristmill.io.shard import BatchReader, Shard
from gristmill.model_analysis.accumulator import MetricsAccumulator
from gristmill.model_analysis.config_checks import verify_eval_config
from gristmill.model_analysis.config_defaults import (
    get_baseline_model_spec,
    has_thresholds,
    update_eval_config_with_defaults,
)
from gristmill.model_analysis.constants import BASELINE_KEY
from gristmill.model_analysis.figures import Figures, add_cross_slices, slice_values
from gristmill.model_analysis.label_notes import label_notes
from gristmill.model_analysis.metrics.plan import ModelMetric, Plan, compile_plan
from gristmill.model_analysis.models.eval_shared_model import EvalSharedModel
from gristmill.model_analysis.models.predictor import Predictor
from gristmill.model_analysis.results.files import write_eval_config, write_results
from gristmill.model_analysis.schema_checks import check_features, label_range_from
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec, slice_specs
from gristmill.model_analysis.validation import validate_metrics
from gristmill.proto.model_analysis_config_pb2 import EvalConfig, ModelSpec
from gristmill.proto.validation_result_pb2 import ValidationResult

__all__ = ["Evaluation", "evaluate"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        eval_config: the configuration, with defaults filled in.
        figures: metrics and plots by slice key (or pair of keys).
        validation: the verdict.
        rows: number of examples.
        has_thresholds: whether the configuration, as it was given, has any threshold.
        notes: what a reader of the figures must know, in sentences; also logged as warnings.
    """

    eval_config: EvalConfig
    figures: Figures = field(repr=False)
    validation: ValidationResult
    rows: int
    has_thresholds: bool
    notes: tuple[str, ...] = ()


def evaluate(
    shards: Sequence[Shard],
    eval_config: EvalConfig,
    *,
    models: Mapping[str, EvalSharedModel],
    engine: Engine,
    output_path: str | None,
    schema: schema_pb2.Schema | None = None,
    reader: BatchReader | None = None,
    data_location: str = "<user provided PCollection>",
    file_format: str = "<unknown>",
) -> Evaluation:
    """Compute the metrics that ``eval_config`` asks for, hold them against their thresholds, and write the results.

    Args:
        shards: the examples.
        eval_config: what to compute; defaults are filled in here.
        models: models by name of their spec; a single model may have any name. Without models, predictions are read
            from the features that ``prediction_key`` names.
        engine: runs the pass.
        output_path: directory for the result files; None writes none.
        schema: tells label ranges, and lets unknown names be found before the pass.
        reader: how to read a shard; tf.Examples with their serialized records by default.
        data_location: what to say about the examples in ``eval_config.json``.
        file_format: as ``data_location``.

    Raises:
        ConfigError: the configuration does not hold together, or does not fit the models or the examples.
        NotSupportedError: a metric or option that gristmill does not have.
        DataError: examples or labels are malformed.
    """
    has_baseline = any(model.is_baseline or name == BASELINE_KEY for name, model in models.items())
    rubber_stamp = any(model.rubber_stamp and not model.is_baseline for model in models.values())
    config = update_eval_config_with_defaults(eval_config, has_baseline=has_baseline, rubber_stamp=rubber_stamp)
    verify_eval_config(config)
    _check_options(config)
    specs = _all_slices(config)
    check_features(config, specs, schema)
    found = _models_by_name(config, models)
    loaded = [(spec, found[spec.name].predictor() if spec.name in found else None) for spec in config.model_specs]
    plan = compile_plan(config, _carried(config, found, loaded), functools.partial(label_range_from, schema=schema))
    accumulator = MetricsAccumulator(plan, loaded, specs, _output_names(plan))
    read = reader or functools.partial(read_examples, with_records=bool(found))
    passed = engine.aggregate(shards, accumulator, reader=read, stage="metrics")
    baseline = get_baseline_model_spec(config)
    baseline_name = baseline.name if baseline is not None else None
    values = slice_values(
        plan, passed.slices, baseline=baseline_name, min_slice_size=config.options.min_slice_size.value or 1
    )
    add_cross_slices(values, config.cross_slicing_specs)
    notes = label_notes(config, plan, passed.slices)
    for note in notes:
        _log.warning(note)
    verdict = validate_metrics(values, plan.thresholds, rubber_stamp=rubber_stamp, baseline=baseline_name)
    if output_path is not None:
        locations = {spec.name: found[spec.name].model_path for spec in config.model_specs if spec.name in found}
        write_eval_config(
            output_path, config, data_location=data_location, file_format=file_format, model_locations=locations
        )
        write_results(output_path, config, values, verdict)
    return Evaluation(config, values, verdict, passed.rows, has_thresholds(eval_config), notes)


def _check_options(config: EvalConfig) -> None:
    if config.options.compute_confidence_intervals.value:
        raise NotSupportedError(
            "confidence intervals are not computed by gristmill",
            place=Place(uri="eval_config.options.compute_confidence_intervals"),
            hint="leave the option out; min_slice_size guards against figures of too few examples",
        )
    known = {"eval_config", "metrics", "plots", "attributions", "validations", "analysis"}
    for name in config.options.disabled_outputs.values:
        if name not in known:
            raise ConfigError(
                f"disabled_outputs may name {', '.join(sorted(known))}",
                place=Place(uri="eval_config.options.disabled_outputs"),
                value=name,
            )


def _all_slices(config: EvalConfig) -> list[SingleSliceSpec]:
    """The slices of the configuration, with those that cross-slicing compares."""
    specs = slice_specs(config.slicing_specs)
    for crossed in config.cross_slicing_specs:
        specs += [SingleSliceSpec(spec=crossed.baseline_spec), *slice_specs(crossed.slicing_specs)]
    return list(dict.fromkeys(specs))


def _models_by_name(config: EvalConfig, models: Mapping[str, EvalSharedModel]) -> dict[str, EvalSharedModel]:
    """Each spec's model; a single spec takes a single model of any name."""
    if not models:
        return {}
    if len(config.model_specs) == 1 and len(models) == 1:
        return {config.model_specs[0].name: next(iter(models.values()))}
    found: dict[str, EvalSharedModel] = {}
    for spec in config.model_specs:
        model = models.get(spec.name)
        if model is None:
            raise ConfigError(
                "every model spec needs a model of its name",
                place=Place(uri="eval_config.model_specs"),
                value=spec.name,
                hint=f"the models given are {', '.join(map(repr, models))}",
            )
        found[spec.name] = model
    return found


def _carried(
    config: EvalConfig,
    models: Mapping[str, EvalSharedModel],
    loaded: Sequence[tuple[ModelSpec, Predictor | None]],
) -> dict[str, Sequence[ModelMetric]]:
    """The metrics that models carry, where the configuration wants them and names labels."""
    options = config.options
    if options.HasField("include_default_metrics") and not options.include_default_metrics.value:
        return {}
    return {
        spec.name: predictor.carried_metrics()
        for spec, predictor in loaded
        if predictor is not None and models[spec.name].include_default_metrics and (spec.label_key or spec.label_keys)
    }


def _output_names(plan: Plan) -> list[str]:
    return sorted({need.view.output_name for need in plan.computations}) or [""]
