"""What a signature made of a batch, and its outputs read as classes or as a regression.

By its outputs' names a signature can be read as one that classifies or regresses, whatever its method says:
TensorFlow 2 saves every signature as one that predicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gristmill.errors import ConfigError, DataError, Place
from gristmill.serving.inference.methods import CLASSES, REGRESSION_OUTPUT, SCORES
from gristmill.serving.inference.signature import Arrays, Signature

__all__ = ["Answer", "ClassScores", "class_scores", "regression_values"]


@dataclass(frozen=True)
class Answer:
    """What one signature made of a batch.

    Attributes:
        signature: the signature.
        feeds: what went in, by input name.
        outputs: what came out.
    """

    signature: Signature
    feeds: dict[str, Any]
    outputs: Arrays


@dataclass(frozen=True)
class ClassScores:
    """A classification of each row.

    Attributes:
        labels: [rows, classes] objects of ``bytes``; None where the signature gives none.
        scores: float32 [rows, classes]; None where the signature gives none.
    """

    labels: npt.NDArray[np.object_] | None
    scores: npt.NDArray[np.float32] | None

    @property
    def classes(self) -> int:
        """How many classes a row has."""
        given = self.labels if self.labels is not None else self.scores
        return 0 if given is None else given.shape[1]


def class_scores(answer: Answer) -> ClassScores:
    """The outputs ``classes`` and ``scores``; one of them may be missing.

    Raises:
        ConfigError: both are missing.
        DataError: they are not of shape [rows, classes], or a class is no UTF-8 text.
    """
    found = {name: _matrix(answer, name) for name in (CLASSES, SCORES) if name in answer.outputs}
    if not found:
        raise _missing(answer, f"{CLASSES!r} and {SCORES!r}")
    shapes = {name: values.shape for name, values in found.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(
            f"the signature {answer.signature.name!r} must give as many scores as classes", value=str(shapes)
        )
    labels, scores = found.get(CLASSES), found.get(SCORES)
    return ClassScores(
        None if labels is None else _texts(labels, answer.signature.name),
        None if scores is None else scores.astype(np.float32),
    )


def regression_values(answer: Answer) -> npt.NDArray[np.float32]:
    """The value of each row, [rows]: the output ``outputs``, or the only one that there is.

    Raises:
        ConfigError: there are several outputs, none of that name.
        DataError: there is not one number per row.
    """
    name = REGRESSION_OUTPUT if REGRESSION_OUTPUT in answer.outputs else next(iter(answer.outputs))
    if name != REGRESSION_OUTPUT and len(answer.outputs) > 1:
        raise _missing(answer, repr(REGRESSION_OUTPUT))
    values = answer.outputs[name]
    if values.dtype.kind not in "biuf" or values.size != len(values):
        raise DataError(
            f"a regression is one number per example; the signature {answer.signature.name!r} gives something else",
            place=Place(column=name),
            value=f"{values.dtype} of shape {values.shape}",
        )
    return values.reshape(-1).astype(np.float32)


def _matrix(answer: Answer, name: str) -> npt.NDArray[Any]:
    values = answer.outputs[name]
    if values.ndim == 1:
        return values.reshape(-1, 1)
    if values.ndim != 2:
        raise DataError(
            f"an output of the signature {answer.signature.name!r} must have the shape [examples, classes]",
            place=Place(column=name),
            value=values.shape,
        )
    return values


def _texts(labels: npt.NDArray[Any], signature: str) -> npt.NDArray[np.object_]:
    made = np.empty(labels.shape, object)
    made[:] = [[item if isinstance(item, bytes) else str(item).encode() for item in row] for row in labels.tolist()]
    for item in set(made.reshape(-1).tolist()):
        try:
            item.decode()
        except UnicodeDecodeError:
            raise DataError(
                f"a class must be UTF-8 text; the signature {signature!r} gives other bytes",
                place=Place(column=CLASSES),
                value=item,
            ) from None
    return made


def _missing(answer: Answer, wanted: str) -> ConfigError:
    return ConfigError(
        f"the signature {answer.signature.name!r} has no output {wanted}",
        place=Place(uri=answer.signature.model),
        value=sorted(answer.outputs),
        hint="read its outputs with predict_output, or name them so in the model",
    )
