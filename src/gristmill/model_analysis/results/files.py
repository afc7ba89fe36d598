"""The files of an evaluation, as the family's tools read them.

    eval_config.json                        EvalRun as JSON
    metrics-00000-of-00001.tfrecord         MetricsForSlice, one record per slice
    plots-00000-of-00001.tfrecord           PlotsForSlice
    attributions-00000-of-00001.tfrecord    AttributionsForSlice; always there, empty without attributions
    validations.tfrecord                    one ValidationResult

Record files are plain TFRecord, not compressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from gristmill.errors import DataError, NotSupportedError, Place
from gristmill.io import filesystem, tfrecord
from gristmill.model_analysis.constants import ATTRIBUTIONS_KEY, METRICS_KEY, PLOTS_KEY, VALIDATIONS_KEY
from gristmill.model_analysis.figures import Figures
from gristmill.model_analysis.results.slice_messages import metrics_for_slice, plots_for_slice
from gristmill.proto.metrics_for_slice_pb2 import AttributionsForSlice, MetricsForSlice, PlotsForSlice
from gristmill.proto.model_analysis_config_pb2 import EvalConfig, EvalRun
from gristmill.proto.validation_result_pb2 import ValidationResult

__all__ = [
    "EVAL_CONFIG_FILE",
    "load_attributions",
    "load_eval_run",
    "load_metrics",
    "load_plots",
    "load_validation_result",
    "write_eval_config",
    "write_results",
]

EVAL_CONFIG_FILE = "eval_config.json"
_DAMAGED = "the file is damaged, or something else's: run the evaluation again"
_FORMAT = "tfrecord"
_Record = TypeVar("_Record", bound=Message)


def write_eval_config(
    output_path: str,
    eval_config: EvalConfig,
    *,
    data_location: str = "<user provided PCollection>",
    file_format: str = "<unknown>",
    model_locations: Mapping[str, str] | None = None,
) -> None:
    """Write ``eval_config.json``; not where ``options.disabled_outputs`` names ``eval_config``."""
    if "eval_config" in eval_config.options.disabled_outputs.values:
        return
    run = EvalRun(
        eval_config=eval_config,
        version=f"gristmill {metadata.version('gristmill')}",
        data_location=data_location,
        file_format=file_format,
        model_locations=dict(model_locations or {"": "<unknown>"}),
    )
    filesystem.write_text(filesystem.join(output_path, EVAL_CONFIG_FILE), json_format.MessageToJson(run))


def write_results(output_path: str, eval_config: EvalConfig, figures: Figures, validation: ValidationResult) -> None:
    """Write the record files, except those that ``options.disabled_outputs`` names."""
    outputs: dict[str, Sequence[Message]] = {
        METRICS_KEY: [metrics_for_slice(key, values) for key, values in figures.items()],
        PLOTS_KEY: [plots_for_slice(key, values) for key, values in figures.items() if values.plots],
        ATTRIBUTIONS_KEY: [],
        VALIDATIONS_KEY: [validation],
    }
    for name, messages in outputs.items():
        if name in eval_config.options.disabled_outputs.values:
            continue
        shard = "" if name == VALIDATIONS_KEY else "-00000-of-00001"
        uri = filesystem.join(output_path, f"{name}{shard}.{_FORMAT}")
        tfrecord.write_records(uri, (message.SerializeToString() for message in messages), compress=False)


def load_eval_run(output_path: str) -> EvalRun:
    """Read ``eval_config.json``.

    Raises:
        DataError: there is none, or it is malformed.
    """
    uri = filesystem.join(output_path, EVAL_CONFIG_FILE)
    if not filesystem.exists(uri):
        raise DataError(
            "an evaluation's directory holds eval_config.json", place=Place(uri=uri), hint="name the output_path"
        )
    try:
        return json_format.Parse(filesystem.read_text(uri), EvalRun(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise DataError(f"the file is no EvalRun in JSON: {error}", place=Place(uri=uri), hint=_DAMAGED) from error


def load_metrics(output_path: str, output_file_format: str = _FORMAT) -> Iterator[MetricsForSlice]:
    """The records of the metrics file."""
    return _load(output_path, METRICS_KEY, output_file_format, MetricsForSlice)


def load_plots(output_path: str, output_file_format: str = _FORMAT) -> Iterator[PlotsForSlice]:
    """The records of the plots file."""
    return _load(output_path, PLOTS_KEY, output_file_format, PlotsForSlice)


def load_attributions(output_path: str, output_file_format: str = _FORMAT) -> Iterator[AttributionsForSlice]:
    """The records of the attributions file."""
    return _load(output_path, ATTRIBUTIONS_KEY, output_file_format, AttributionsForSlice)


def load_validation_result(output_path: str, output_file_format: str = "") -> ValidationResult:
    """The verdict.

    Raises:
        DataError: there is no verdict, or more than one.
    """
    found = list(_load(output_path, VALIDATIONS_KEY, output_file_format or _FORMAT, ValidationResult))
    if len(found) != 1:
        raise DataError(
            "an evaluation has exactly one validation result",
            place=Place(uri=output_path),
            value=f"{len(found)}",
            hint="run the evaluation again; one whose disabled_outputs name validations has none",
        )
    return found[0]


def _load(output_path: str, name: str, file_format: str, kind: type[_Record]) -> Iterator[_Record]:
    if file_format not in ("", _FORMAT):
        raise NotSupportedError(
            f"results in the format {file_format!r} are not read here", hint="write them with output_file_format=''"
        )
    files = filesystem.glob(f"{name}*.{_FORMAT}", root=output_path) or filesystem.glob(f"{name}*", root=output_path)
    for uri in files:
        for number, record in enumerate(tfrecord.read_records(uri)):
            try:
                yield kind.FromString(record)
            except DecodeError as error:
                raise DataError(
                    f"the record is no {kind.__name__} message", place=Place(uri=uri, record=number), hint=_DAMAGED
                ) from error
