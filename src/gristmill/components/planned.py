"""Standard components whose behaviour is still to come: their names resolve, making one says so."""

from __future__ import annotations

from typing import Any

from gristmill.errors import NotSupportedError

__all__ = ["DistributionValidator", "ExampleDiff", "InfraValidator", "Tuner", "TunerFnResult"]


class _Planned:
    """Base of the names whose behaviour is still to come."""

    HINT = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError(f"{type(self).__name__} is not there yet", hint=self.HINT)


class DistributionValidator(_Planned):
    """Will compare the distributions of two sets of statistics."""

    HINT = "use gristmill.data_validation.validate_statistics with previous_statistics in a component of your own"


class ExampleDiff(_Planned):
    """Will compare examples row by row."""

    HINT = "compare their statistics with gristmill.data_validation.validate_statistics(serving_statistics=…)"


class InfraValidator(_Planned):
    """Will load a model into a real server before it is pushed."""

    HINT = "load the model with tf.saved_model.load in a component of your own, in front of the Pusher"


class Tuner(_Planned):
    """Will search for hyperparameters."""

    HINT = "search inside run_fn, or bring hyperparameters in with an Importer"


class TunerFnResult(_Planned):
    """Will carry what a ``tuner_fn`` returns."""

    HINT = Tuner.HINT
