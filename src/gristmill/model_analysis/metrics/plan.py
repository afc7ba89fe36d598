"""Compiles an EvalConfig into the values to compute, the computations behind them, and the thresholds on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.model_analysis.metrics.aggregation import average_over_classes, average_over_outputs
from gristmill.model_analysis.metrics.computation import Computation
from gristmill.model_analysis.metrics.keys import AggregationType, MetricKey, PlotKey, SubKey
from gristmill.model_analysis.metrics.metric import BoundMetric, BoundPlot, Metric, Target
from gristmill.model_analysis.metrics.registry import metric_from_config
from gristmill.proto.model_analysis_config_pb2 import (
    CrossSlicingSpec,
    EvalConfig,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    SlicingSpec,
)

__all__ = ["ModelMetric", "Plan", "PlannedThreshold", "compile_plan"]


@dataclass(frozen=True)
class ModelMetric:
    """A metric that a model carries (its compiled loss and metrics).

    Attributes:
        metric: what to compute.
        output_name: the output it is about; empty for a model with one.
        weighted: whether the model weights it by example.
    """

    metric: Metric
    output_name: str = ""
    weighted: bool = False


@dataclass(frozen=True)
class PlannedThreshold:
    """A threshold on one metric.

    Attributes:
        key: the metric; its change is looked up under the same key with ``is_diff``.
        threshold: what must hold.
        slices: for which slices; None for every slice that is found.
        cross_slices: for which pairs of slices, instead of ``slices``.
    """

    key: MetricKey
    threshold: MetricThreshold
    slices: tuple[SlicingSpec, ...] | None = None
    cross_slices: tuple[CrossSlicingSpec, ...] | None = None


@dataclass
class Plan:
    """What one evaluation computes.

    Attributes:
        metrics: by key.
        plots: by key.
        thresholds: in the order of the configuration.
        computations: every computation once, in order of first use.
    """

    metrics: dict[MetricKey, BoundMetric] = field(default_factory=dict)
    plots: dict[PlotKey, BoundPlot] = field(default_factory=dict)
    thresholds: list[PlannedThreshold] = field(default_factory=list)
    computations: dict[Computation, int] = field(default_factory=dict)

    def add(self, bound: BoundMetric | BoundPlot, where: str) -> None:
        """Add a value; one that is there already must come from the same computations."""
        known: Mapping[Any, BoundMetric | BoundPlot] = self.metrics if isinstance(bound, BoundMetric) else self.plots
        if bound.key in known and known[bound.key].needs != bound.needs:
            raise ConfigError(
                f"two metrics have the name {bound.key.name!r} and differ in their parameters",
                place=Place(uri=where),
                hint="give one of them another name in its config",
            )
        if isinstance(bound, BoundMetric):
            self.metrics[bound.key] = bound
        else:
            self.plots[bound.key] = bound
        for need in bound.needs:
            self.computations.setdefault(need, len(self.computations))

    def value(self, bound: BoundMetric | BoundPlot, results: Sequence[Any]) -> Any:
        """The value for one slice, from the results of all computations for that slice."""
        return bound.value(*(results[self.computations[need]] for need in bound.needs))


def compile_plan(
    eval_config: EvalConfig,
    model_metrics: Mapping[str, Sequence[ModelMetric]],
    label_range: Callable[[ModelSpec], tuple[float, float] | None] = lambda spec: None,
) -> Plan:
    """Resolve every metric of a configuration whose defaults are filled in.

    Args:
        eval_config: the configuration.
        model_metrics: metrics that the models carry, by model name.
        label_range: smallest and largest label of a model, where the schema tells.

    Raises:
        ConfigError: a metric, parameter, class or weight that does not fit.
        NotSupportedError: a metric or setting that gristmill does not have.
    """
    plan = Plan()
    models = {spec.name: spec for spec in eval_config.model_specs}
    for name, carried in model_metrics.items():
        for item in carried:
            target = Target(name, item.output_name, weighted=item.weighted, own_rule=True)
            for bound in item.metric.bind(target):
                plan.add(bound, f"the metrics that the model {name!r} carries")
    compilers = [
        _SpecCompiler(plan, spec, models, label_range, f"eval_config.metrics_specs[{index}]")
        for index, spec in enumerate(eval_config.metrics_specs)
    ]
    for compiler in compilers:
        compiler.add_metrics()
    for compiler in compilers:
        compiler.add_named_thresholds()
    return plan


@dataclass
class _SpecCompiler:
    """Adds the metrics and thresholds of one MetricsSpec to a plan."""

    plan: Plan
    spec: MetricsSpec
    models: Mapping[str, ModelSpec]
    label_range: Callable[[ModelSpec], tuple[float, float] | None]
    where: str

    def add_metrics(self) -> None:
        if self.spec.query_key:
            raise NotSupportedError(
                "metrics of groups of rows (query_key) are not computed by gristmill",
                place=Place(uri=f"{self.where}.query_key"),
                value=self.spec.query_key,
                hint="slice by that feature, or compute the ranking figures in the model",
            )
        for index, config in enumerate(self.spec.metrics):
            self._add_metric(config, f"{self.where}.metrics[{index}]")

    def _add_metric(self, config: MetricConfig, where: str) -> None:
        metric = metric_from_config(config, where)
        bounds = [bound for target in self._targets() for bound in self._bind(metric, target)]
        if self.spec.output_weights:
            numbers = [bound for bound in bounds if isinstance(bound, BoundMetric)]
            bounds = [*bounds, *average_over_outputs(numbers, dict(self.spec.output_weights))]
        for bound in bounds:
            self.plan.add(bound, where)
            if isinstance(bound, BoundMetric) and not self.models[bound.key.model_name].is_baseline:
                self.plan.thresholds.extend(_thresholds(bound.key, config))

    def _targets(self) -> Iterator[Target]:
        for name in self.spec.model_names:
            model = self.models[name]
            for output in self.spec.output_names or [""]:
                for weighted in self._weightings(model):
                    yield Target(name, output, weighted=weighted, label_range=self.label_range(model))

    def _weightings(self, model: ModelSpec) -> list[bool]:
        has_weights = bool(model.example_weight_key or model.example_weight_keys)
        options = self.spec.example_weights
        if options.weighted and not has_weights:
            raise ConfigError(
                "weighted metrics need example weights, and the model spec names none",
                place=Place(uri=f"{self.where}.example_weights"),
                hint="set example_weight_key in the model spec",
            )
        chosen = [flag for flag, wanted in ((True, options.weighted), (False, options.unweighted)) if wanted]
        return chosen or [has_weights]

    def _bind(self, metric: Metric, target: Target) -> Iterator[BoundMetric | BoundPlot]:
        if not metric.per_class:
            yield from metric.bind(target)
            return
        for sub_key in self._sub_keys(metric):
            yield from metric.bind(target.with_sub_key(sub_key))
        if self.spec.aggregate.WhichOneof("type"):
            yield from self._aggregated(metric, target)

    def _sub_keys(self, metric: Metric) -> Sequence[SubKey | None]:
        own = metric.sub_keys()
        binarize = self.spec.binarize
        keys = [SubKey(class_id=number) for number in binarize.class_ids.values]
        keys += [SubKey(k=number) for number in binarize.k_list.values]
        keys += [SubKey(top_k=number) for number in binarize.top_k_list.values]
        if any(key is not None for key in own) or not (keys or self.spec.aggregate.WhichOneof("type")):
            return own
        return keys

    def _aggregated(self, metric: Metric, target: Target) -> Iterator[BoundMetric | BoundPlot]:
        kind = self.spec.aggregate.WhichOneof("type") or ""
        target = replace(target, aggregation_type=AggregationType(**{kind: True}))
        tops = list(self.spec.aggregate.top_k_list.values)
        if kind == "micro_average":
            flattened = replace(target, micro=True)
            for each in [flattened.with_sub_key(SubKey(top_k=top)) for top in tops] or [flattened]:
                yield from metric.bind(each)
            return
        where = Place(uri=f"{self.where}.aggregate")
        if tops:
            raise NotSupportedError(
                "top_k_list with a macro average is not computed by gristmill",
                place=where,
                hint="use micro_average with top_k_list, or macro_average with class_weights",
            )
        weights = dict(self.spec.aggregate.class_weights)
        if not weights:
            raise ConfigError(
                "a macro average needs class_weights, which list its classes",
                place=where,
                hint="for example class_weights { key: 0 value: 1 } class_weights { key: 1 value: 1 }",
            )
        yield from average_over_classes(metric, target, weights, kind == "weighted_macro_average")

    def add_named_thresholds(self) -> None:
        spec = self.spec
        for name, threshold in spec.thresholds.items():
            for key in self._named(name):
                self.plan.thresholds.append(PlannedThreshold(key, threshold))
        for name, several in spec.per_slice_thresholds.items():
            for key in self._named(name):
                self.plan.thresholds.extend(
                    PlannedThreshold(key, item.threshold, slices=tuple(item.slicing_specs))
                    for item in several.thresholds
                )
        for name, crossed in spec.cross_slice_thresholds.items():
            for key in self._named(name):
                self.plan.thresholds.extend(
                    PlannedThreshold(key, item.threshold, cross_slices=tuple(item.cross_slicing_specs))
                    for item in crossed.thresholds
                )

    def _named(self, name: str) -> list[MetricKey]:
        """The metrics of a name: those that the model carries before those that are configured."""
        candidates = [model for model in self.spec.model_names if not self.models[model].is_baseline]
        keys = [key for key in self.plan.metrics if key.name == name and key.model_name in candidates]
        if self.spec.output_names:
            keys = [key for key in keys if key.output_name in self.spec.output_names]
        carried = [key for key in keys if key.example_weighted is None]
        return carried or keys or [MetricKey(name, model, example_weighted=None) for model in candidates]


def _thresholds(key: MetricKey, config: MetricConfig) -> Iterator[PlannedThreshold]:
    if config.HasField("threshold"):
        yield PlannedThreshold(key, config.threshold)
    for item in config.per_slice_thresholds:
        yield PlannedThreshold(key, item.threshold, slices=tuple(item.slicing_specs))
    for crossed in config.cross_slice_thresholds:
        yield PlannedThreshold(key, crossed.threshold, cross_slices=tuple(crossed.cross_slicing_specs))
