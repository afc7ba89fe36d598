"""Schemas and anomalies as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.display.schema_texts import presence_of, type_of

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

__all__ = ["get_anomalies_dataframe", "get_drift_skew_dataframe", "get_schema_dataframe"]

_NOTHING = "-"


def get_schema_dataframe(schema: schema_pb2.Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The features and the string domains of a schema.

    Returns:
        Features indexed by quoted name, with the columns Type, Presence, Valency and Domain; and domains indexed by
        quoted name, with the column Values.

    Raises:
        TypeError: ``schema`` is another message.
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise TypeError(f"schema must be a Schema message, and is a {type(schema).__name__}")
    import pandas as pd

    features = pd.DataFrame(
        [
            (repr(feature.name), type_of(feature), presence_of(feature), _valency(feature), _domain(feature))
            for feature in schema.feature
        ],
        columns=["Feature name", "Type", "Presence", "Valency", "Domain"],
    ).set_index("Feature name")
    domains = pd.DataFrame(
        [(repr(domain.name), ", ".join(map(repr, domain.value))) for domain in schema.string_domain],
        columns=["Domain", "Values"],
    ).set_index("Domain")
    return features, domains


def get_anomalies_dataframe(anomalies: anomalies_pb2.Anomalies) -> pd.DataFrame:
    """The anomalies.

    Returns:
        A table indexed by quoted feature name, with the columns ``Anomaly short description`` and ``Anomaly long
        description``; the dataset's own anomaly comes first. Empty without anomalies.

    Raises:
        TypeError: ``anomalies`` is another message.
    """
    _check(anomalies)
    import pandas as pd

    infos = [(repr(name), info) for name, info in sorted(anomalies.anomaly_info.items())]
    if anomalies.HasField("dataset_anomaly_info"):
        infos.insert(0, ("[dataset anomaly]", anomalies.dataset_anomaly_info))
    return pd.DataFrame(
        [(name, info.short_description, info.description) for name, info in infos],
        columns=["Feature name", "Anomaly short description", "Anomaly long description"],
    ).set_index("Feature name")


def get_drift_skew_dataframe(anomalies: anomalies_pb2.Anomalies) -> pd.DataFrame:
    """What was measured of drift and skew, above its threshold or not.

    Returns:
        A table indexed by quoted feature name, with Kind (drift or skew), Measure, Value and Threshold.

    Raises:
        TypeError: ``anomalies`` is another message.
    """
    _check(anomalies)
    import pandas as pd

    return pd.DataFrame(
        [
            (repr(".".join(info.path.step)), kind, _measure(measurement), measurement.value, measurement.threshold)
            for info in anomalies.drift_skew_info
            for kind in ("drift", "skew")
            for measurement in getattr(info, f"{kind}_measurements")
        ],
        columns=["Feature name", "Kind", "Measure", "Value", "Threshold"],
    ).set_index("Feature name")


def _check(anomalies: object) -> None:
    if not isinstance(anomalies, anomalies_pb2.Anomalies):
        raise TypeError(f"anomalies must be an Anomalies message, and is a {type(anomalies).__name__}")


def _measure(measurement: anomalies_pb2.DriftSkewInfo.Measurement) -> str:
    return str(anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(measurement.type))


def _valency(feature: schema_pb2.Feature) -> str:
    if not feature.HasField("value_count"):
        return ""
    least, most = feature.value_count.min, feature.value_count.max
    if least == most == 1:
        return "single"
    return f"[{least},{most}]" if feature.value_count.HasField("max") else f"[{least},inf)"


def _domain(feature: schema_pb2.Feature) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind == "domain":
        return repr(feature.domain)
    if kind == "string_domain":
        return repr(feature.string_domain.name) if feature.string_domain.name else _NOTHING
    if kind == "int_domain":
        return _range(feature.int_domain)
    if kind == "float_domain":
        return _range(feature.float_domain)
    if kind == "bool_domain":
        return _truth_values(feature.bool_domain)
    return _NOTHING


def _range(domain: schema_pb2.IntDomain | schema_pb2.FloatDomain) -> str:
    low = f"min: {domain.min}" if domain.HasField("min") else "min: -inf"
    high = f"max: {domain.max}" if domain.HasField("max") else "max: inf"
    return f"{low}; {high}"


def _truth_values(domain: schema_pb2.BoolDomain) -> str:
    parts = [
        f"{end}: {getattr(domain, f'{end}_value')!r}" for end in ("true", "false") if domain.HasField(f"{end}_value")
    ]
    return "; ".join(parts) or _NOTHING
