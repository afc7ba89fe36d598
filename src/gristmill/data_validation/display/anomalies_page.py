"""The view of anomalies: what is wrong with which feature, and how far drift and skew were from their limits."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorflow_metadata.proto.v0.anomalies_pb2 import AnomalyInfo

from gristmill.display import Cell, Column, Row, View, elements

__all__ = ["anomalies_view"]

_DATASET = "(dataset)"
_MEASURES = {
    "L_INFTY": "L-infinity norm",
    "JENSEN_SHANNON_DIVERGENCE": "Jensen-Shannon divergence",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "normalized absolute difference",
}


def anomalies_view(anomalies: anomalies_pb2.Anomalies) -> View:
    """Anomalies with their severity and reasons, and the measurements of drift and skew.

    Raises:
        TypeError: ``anomalies`` is another message.
    """
    if not isinstance(anomalies, anomalies_pb2.Anomalies):
        raise TypeError(f"anomalies must be an Anomalies message, and is a {type(anomalies).__name__}")
    infos = [(".".join(info.path.step) or key, info) for key, info in sorted(anomalies.anomaly_info.items())]
    if anomalies.HasField("dataset_anomaly_info"):
        infos.insert(0, (_DATASET, anomalies.dataset_anomaly_info))
    return View(
        "Anomalies", _verdict(anomalies, [info for _, info in infos]) + _table(infos) + _measurements(anomalies)
    )


def _verdict(anomalies: anomalies_pb2.Anomalies, infos: Sequence[AnomalyInfo]) -> Markup:
    if anomalies.data_missing:
        return elements.notice("There was no data to check.", "bad")
    if not infos:
        return elements.notice("No anomalies found.", "good")
    errors = sum(info.severity == AnomalyInfo.ERROR for info in infos)
    counts = [(errors, "error"), (len(infos) - errors, "warning")]
    told = ", ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count)
    noun = "anomaly" if len(infos) == 1 else "anomalies"
    return elements.notice(f"{len(infos):,} {noun} found: {told}.", "bad" if errors else "warning")


def _table(infos: Sequence[tuple[str, AnomalyInfo]]) -> Markup:
    if not infos:
        return Markup("")
    columns = [Column("Feature"), Column("Severity"), Column("Anomaly"), Column("Description")]
    rows = [
        Row([Cell(name, name, title=name), _severity(info), Cell(info.short_description), Cell(_description(info))])
        for name, info in infos
    ]
    return elements.section("Anomalies", elements.table(columns, rows, label="Anomalies"))


def _severity(info: AnomalyInfo) -> Cell:
    name = AnomalyInfo.Severity.Name(info.severity)
    # Errors before warnings, when sorted by severity.
    return Cell(name.lower(), -info.severity, "bad" if name == "ERROR" else "warning" if name == "WARNING" else "")


def _description(info: AnomalyInfo) -> Markup:
    if len(info.reason) < 2:
        return Markup.escape(info.description or (info.reason[0].description if info.reason else ""))
    items = (Markup("<li>{}</li>").format(reason.description or reason.short_description) for reason in info.reason)
    return Markup('<ul class="gm-list">{}</ul>').format(Markup("").join(items))


def _measurements(anomalies: anomalies_pb2.Anomalies) -> Markup:
    rows = [
        Row(_measurement(".".join(info.path.step), kind, measured))
        for info in anomalies.drift_skew_info
        for kind in ("drift", "skew")
        for measured in getattr(info, f"{kind}_measurements")
    ]
    if not rows:
        return Markup("")
    columns = [
        Column("Feature"),
        Column("Kind"),
        Column("Measure"),
        Column("Value", numeric=True),
        Column("Threshold", numeric=True),
        Column("Result"),
    ]
    return elements.section("Drift and skew", elements.table(columns, rows, label="Drift and skew"))


def _measurement(name: str, kind: str, measured: anomalies_pb2.DriftSkewInfo.Measurement) -> list[Cell | str | float]:
    measure = anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(measured.type)
    above = measured.value > measured.threshold
    result = Cell("above threshold", kind="bad") if above else Cell("within threshold", kind="good")
    title = Cell(name, name, title=name)
    return [title, kind, _MEASURES.get(measure, measure), measured.value, measured.threshold, result]
