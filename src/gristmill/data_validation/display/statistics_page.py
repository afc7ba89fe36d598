"""The view of statistics: one table per kind of feature, with figures, charts and details, for one or two datasets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.display.datasets import Dataset, Feature, chosen_datasets, features_of
from gristmill.data_validation.display.distributions import CHARTS
from gristmill.data_validation.display.feature_tables import FeatureTable, feature_tables, swatch
from gristmill.data_validation.display.figures import is_weighted
from gristmill.data_validation.feature_path import FeaturePath
from gristmill.display import View, elements
from gristmill.display.charts import legend

__all__ = ["statistics_view"]

_ORDERS = {
    "order": "Feature order",
    "name": "Name",
    "-nonuniform": "Non-uniformity",
    "-missing": "Missing",
    "-zeros": "Zeros",
}


def statistics_view(
    lhs: statistics_pb2.DatasetFeatureStatisticsList,
    rhs: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    lhs_name: str | None = None,
    rhs_name: str | None = None,
    allowlist_features: Iterable[str | FeaturePath] | None = None,
    denylist_features: Iterable[str | FeaturePath] | None = None,
) -> View:
    """Statistics of one dataset, or of two laid over each other.

    Args:
        lhs: the statistics; of several slices, the slice of all examples is shown.
        rhs: statistics to compare with.
        lhs_name: what to call the first dataset; its own name by default.
        rhs_name: what to call the second one.
        allowlist_features: show only these features; then ``denylist_features`` does not count.
        denylist_features: do not show these features.

    Raises:
        TypeError: ``lhs`` or ``rhs`` is another message.
        ConfigError: statistics of several slices lack the slice of all examples.
    """
    datasets = chosen_datasets(lhs, rhs, lhs_name, rhs_name)
    features = features_of(datasets, allowlist_features, denylist_features)
    tables = feature_tables(features, [dataset.name for dataset in datasets])
    if not tables:
        return View("Statistics", _summary(datasets) + elements.notice("There are no features to show."))
    parts = [_section(one) for one in tables]
    return View("Statistics", _summary(datasets) + elements.group(_controls(features, tables, datasets), *parts))


def _section(one: FeatureTable) -> Markup:
    return elements.section(one.heading, one.body, f"{one.size:,}")


def _summary(datasets: Sequence[Dataset]) -> Markup:
    if len(datasets) == 1:
        return elements.key_values(_facts(datasets[0].statistics))
    rows = [(swatch(place, one.name), *_facts(one.statistics).values()) for place, one in enumerate(datasets)]
    return elements.figures(["Dataset", *_facts(datasets[0].statistics)], rows)


def _facts(statistics: statistics_pb2.DatasetFeatureStatistics) -> dict[str, float]:
    facts: dict[str, float] = {"Examples": statistics.num_examples, "Features": len(statistics.features)}
    if statistics.weighted_num_examples:
        facts["Weighted examples"] = statistics.weighted_num_examples
    return facts


def _controls(features: Sequence[Feature], tables: Sequence[FeatureTable], datasets: Sequence[Dataset]) -> Markup:
    several = len(datasets) > 1
    orders = _ORDERS | ({"-difference": "Difference between datasets"} if several else {})
    controls = [elements.search("Search features"), elements.sort_choice(orders)]
    charts = {key: text for key, text in CHARTS.items() if any(key in one.charts for one in tables)}
    if len(charts) > 1:
        controls.append(elements.choice("chart", charts, "Chart"))
    if any(is_weighted(side) for feature in features for side in feature.sides if side is not None):
        controls.append(elements.choice("figures", {"plain": "Unweighted", "weighted": "Weighted"}, "Figures"))
    controls.append(elements.log_switch())
    if several:
        controls.append(legend([dataset.name for dataset in datasets]))
    return elements.toolbar(*controls)
