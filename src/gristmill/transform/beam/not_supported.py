"""A published name whose behaviour does not exist here."""

from __future__ import annotations

from typing import Any, NoReturn

from gristmill.errors import NotSupportedError

__all__ = ["AnalyzeDatasetWithCache"]


def AnalyzeDatasetWithCache(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: N802 - the published name
    """Not available: results of analyzers kept per data set.

    Raises:
        NotSupportedError: always.
    """
    del args, kwargs
    raise NotSupportedError(
        "AnalyzeDatasetWithCache is not available: results of analyzers are not kept per data set",
        hint="flatten the data sets into one PCollection for AnalyzeDataset; a Transform step of a pipeline is reused "
        "as a whole while its inputs stay the same",
    )
