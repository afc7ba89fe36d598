"""Texts of others stay texts: in every view, the elements and attributes are those of harmless texts."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, text_format
from markupsafe import Markup
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import gristmill.model_analysis as tfma
from gristmill.artifact_views import artifact_view
from gristmill.data_validation.display.anomalies_page import anomalies_view
from gristmill.data_validation.display.schema_page import schema_view
from gristmill.data_validation.display.statistics_page import statistics_view
from gristmill.display import View
from gristmill.dsl.standard_artifacts import HyperParameters, Model, Schema
from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage import trace
from gristmill.metadata.lineage_view import lineage_view
from gristmill.model_analysis.view.plots import plot_view
from gristmill.model_analysis.view.slicing_metrics import slicing_metrics_view
from gristmill.model_analysis.view.time_series import time_series_view
from gristmill.model_analysis.view.validation import validation_view
from gristmill.proto import metadata_store_pb2 as mlmd
from gristmill.proto.metrics_for_slice_pb2 import MetricsForSlice, PlotData

HARMLESS = str.maketrans(dict.fromkeys("<>\"'=&", "x"))  # of the same length: what is long is cut or folded
HOSTILE = [
    "<script>window.struck = 1</script>",
    "</title></style></script></textarea><img src=x onerror='window.struck=1'>",
    '"><svg onload=window.struck=1>',
    "' onmouseover='window.struck=1' autofocus onfocus='window.struck=1",
    "javascript:window.struck=1",
    "<!--<iframe srcdoc='<script>parent.struck=1</script>'>-->]]>",
    "{{ 7 * 7 }}${window.struck=1}`\0\u2028",
]


class Structure(HTMLParser):
    """Elements with the names of their attributes, and what links point to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attributes} - {"data-key"}  # the kit's own, where a cell sorts by another text
        self.elements.append((tag, tuple(sorted(names))))
        self.links |= {value or "" for name, value in attributes if name in ("href", "src", "action", "formaction")}


def statistics(text: str) -> View:
    message = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = message.datasets.add(name=text, num_examples=4)
    feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
    feature.path.step.append(text)
    feature.string_stats.common_stats.num_non_missing = 4
    feature.string_stats.unique = 1
    feature.string_stats.top_values.add(value=text, frequency=4)
    feature.string_stats.rank_histogram.buckets.add(label=text, sample_count=4)
    feature.custom_stats.add(name=text, str=text)
    return statistics_view(message, message, text, text + "2")


def schema(text: str) -> View:
    message = schema_pb2.Schema()
    feature = message.feature.add(name=text, type=schema_pb2.BYTES, domain=text)
    feature.annotation.tag.append(text)
    feature.annotation.comment.append(text)
    message.string_domain.add(name=text, value=[text])
    message.default_environment.append(text)
    return schema_view(message)


def anomalies(text: str) -> View:
    message = anomalies_pb2.Anomalies()
    info = message.anomaly_info[text]
    info.path.step.append(text)
    info.short_description = info.description = text
    info.reason.add(short_description=text, description=text)
    message.dataset_anomaly_info.reason.add(short_description=text, description=text)
    return anomalies_view(message)


def evaluation(text: str) -> tfma.EvalResult:
    records = []
    for sliced in (False, True):
        record = MetricsForSlice()
        record.slice_key.SetInParent()
        if sliced:
            record.slice_key.single_slice_keys.add(column=text, bytes_value=text.encode("utf-8", "replace"))
        for name in (text, "auc"):
            entry = record.metric_keys_and_values.add()
            entry.key.name, entry.key.model_name, entry.key.output_name = name, text, text
            entry.value.double_value.value = 0.5
        records.append(record)
    config = tfma.EvalConfig()
    config.model_specs.add(name=text)
    place = f"/models/{text}"
    return tfma.EvalResult([], [], [], config, place, "", place, text, tuple(records))


def metrics(text: str) -> View:
    return slicing_metrics_view(evaluation(text))


def series(text: str) -> View:
    return time_series_view(tfma.EvalResults([evaluation(text), evaluation(text)]), display_full_path=True)


def plots(text: str) -> View:
    data = PlotData()
    for threshold in (0.2, 0.8):
        data.confusion_matrix_at_thresholds.matrices.add(
            threshold=threshold, false_negatives=1, true_negatives=2, false_positives=1, true_positives=2
        )
    of_slice = ((), {text: {"": json_format.MessageToDict(data)}})
    return plot_view(tfma.EvalResult([], [of_slice], [], tfma.EvalConfig()), output_name=text)  # type: ignore[list-item]


def verdict(text: str) -> View:
    result = tfma.ValidationResult()
    failures = result.metric_validations_per_slice.add()
    failures.slice_key.single_slice_keys.add(column=text, bytes_value=text.encode("utf-8", "replace"))
    failure = failures.failures.add(message=text)
    failure.metric_key.name = text
    failure.metric_value.double_value.value = 0.5
    result.missing_slices.add(feature_keys=[text])
    return validation_view(result)


def lineage(text: str) -> View:
    with MetadataStore(mlmd.ConnectionConfig(fake_database=mlmd.FakeDatabaseConfig())) as store:
        artifact_type = store.put_artifact_type(mlmd.ArtifactType(name=text))
        execution_type = store.put_execution_type(mlmd.ExecutionType(name=text))
        made = mlmd.Artifact(type_id=artifact_type, uri=text, name=text)
        made.custom_properties[text].string_value = text
        execution = mlmd.Execution(type_id=execution_type, name=text, last_known_state=mlmd.Execution.FAILED)
        execution.custom_properties["gristmill_error"].string_value = text
        execution.custom_properties["gristmill_node"].string_value = text
        store.put_execution(execution, [(made, mlmd.Event(type=mlmd.Event.OUTPUT))], [])
        return lineage_view(trace(store, [1]), title=text)


def artifacts(text: str, folder: Path) -> View:
    body = Markup()
    for kind in (Model, Schema, HyperParameters):
        made = kind()
        made.uri, made.name = str(folder), text
        made.set_string_custom_property(text, text)
        (folder / text.replace("/", "").replace("\0", "")).write_text(text)
        (folder / "schema.pbtxt").write_text(text_format.MessageToString(schema_pb2.Schema(default_environment=[text])))
        (folder / "best_hyperparameters.txt").write_text(text)
        body += artifact_view(made).body
    return View(text, body)


VIEWS = [statistics, schema, anomalies, metrics, series, plots, verdict, lineage]


def structure(view: View) -> list[Any]:
    page, cell = Structure(view.html()), Structure(view._repr_html_())
    assert not any(link.strip().lower().startswith(("javascript:", "data:", "//")) for link in page.links | cell.links)
    return [page.elements, cell.elements]


@pytest.mark.parametrize("make", VIEWS, ids=lambda make: make.__name__)
def test_no_element_or_attribute_comes_from_a_text(make: Callable[[str], View]) -> None:
    for text in HOSTILE:
        expected, found = structure(make(text.translate(HARMLESS))), structure(make(text))
        assert len(expected[0]) > 15
        assert [pair for pair in zip(expected[0], found[0], strict=False) if pair[0] != pair[1]][:3] == []
        assert found == expected, text


def test_no_element_or_attribute_comes_from_a_file(tmp_path: Path) -> None:
    for text in HOSTILE:
        (tmp_path / str(HOSTILE.index(text))).mkdir()
        found = structure(artifacts(text, tmp_path / str(HOSTILE.index(text))))
        names = {name for _, attributes in found[0] for name in attributes}
        assert not {name for name in names if name.startswith("on")} | ({"srcdoc", "autofocus"} & names)
        assert [tag for tag, _ in found[0]].count("script") == 1
        assert not {"img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in found[0]}


@pytest.mark.browser
def test_nothing_runs_in_a_browser(open_page: Callable[..., Any], tmp_path: Path) -> None:
    text = "".join(HOSTILE)
    body = Markup("").join([*(make(text).body for make in VIEWS), artifacts("".join(HOSTILE[:3]), tmp_path).body])
    page = open_page(View(text, body).html())
    for summary in page.locator("summary").all()[:20]:
        summary.dispatch_event("click")
    page.mouse.move(300, 300)
    assert page.evaluate("window.struck") is None
    assert page.evaluate("document.scripts.length") == 1
