"""Which outputs of a model become which features of the examples that are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from gristmill.errors import ConfigError, Place
from gristmill.proto.bulk_inferrer_pb2 import OutputColumnsSpec, OutputExampleSpec

__all__ = ["DEFAULT_SIGNATURE", "OutputColumn", "Reading", "output_columns"]

DEFAULT_SIGNATURE = "serving_default"
_PLACE = "output_example_spec.output_columns_spec"


class Reading(Enum):
    """How a column is read from the outputs of a signature."""

    LABELS = "labels"
    SCORES = "scores"
    REGRESSION = "regression"
    OUTPUT = "output"


@dataclass(frozen=True)
class OutputColumn:
    """A feature to be added to each example.

    Attributes:
        column: its name.
        signature: whose outputs it is made of.
        reading: how.
        output: the output's name, where it is read as it is; empty for the only one.
    """

    column: str
    signature: str
    reading: Reading
    output: str = ""


def output_columns(spec: OutputExampleSpec, signatures: Sequence[str] = ()) -> tuple[OutputColumn, ...]:
    """The columns that a specification asks for, in its order.

    Args:
        spec: the specification.
        signatures: those that are to be called; none for any.

    Raises:
        ConfigError: nothing is asked for, a signature is not called, or two columns have one name.
    """
    columns = [column for each in spec.output_columns_spec for column in _columns(each, signatures)]
    if not columns:
        raise ConfigError(
            "output_example_spec must name at least one column",
            place=Place(uri=_PLACE),
            hint="give classify_output, regress_output or predict_output with the names of columns",
        )
    names = [column.column for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError("output columns need different names", place=Place(uri=_PLACE), value=twice)
    return tuple(columns)


def _columns(spec: OutputColumnsSpec, signatures: Sequence[str]) -> Iterator[OutputColumn]:
    signature = _signature(spec.signature_name, signatures)
    kind = spec.WhichOneof("output_type")
    if kind == "classify_output":
        classify = spec.classify_output
        if classify.label_column:
            yield OutputColumn(classify.label_column, signature, Reading.LABELS)
        if classify.score_column:
            yield OutputColumn(classify.score_column, signature, Reading.SCORES)
    elif kind == "regress_output":
        yield OutputColumn(_named(spec.regress_output.value_column), signature, Reading.REGRESSION)
    elif kind == "predict_output":
        for each in spec.predict_output.output_columns:
            yield OutputColumn(_named(each.output_column), signature, Reading.OUTPUT, each.output_key)


def _named(column: str) -> str:
    if not column:
        raise ConfigError("an output column needs a name", place=Place(uri=_PLACE))
    return column


def _signature(name: str, signatures: Sequence[str]) -> str:
    """The signature meant: as named, or the only one that is called, or the default."""
    if not name:
        if len(signatures) > 1:
            raise ConfigError(
                "output columns must name their signature where several are called",
                place=Place(uri=_PLACE),
                hint=f"set signature_name to one of {', '.join(signatures)}",
            )
        return signatures[0] if signatures else DEFAULT_SIGNATURE
    if signatures and name not in signatures:
        raise ConfigError(
            "output columns name a signature that is not called",
            place=Place(uri=_PLACE),
            value=name,
            hint=f"model_spec.model_signature_name has {', '.join(signatures)}",
        )
    return name
