"""Views of results. Their names are known; drawing them is not there yet."""

from __future__ import annotations

from typing import Any, NoReturn

from gristmill.errors import NotSupportedError

__all__ = ["render_plot", "render_slicing_attributions", "render_slicing_metrics", "render_time_series"]


def _not_drawn(name: str) -> NoReturn:
    raise NotSupportedError(
        f"{name} draws nothing yet",
        hint="EvalResult.get_metrics_for_all_slices() and dataframe.metrics_as_dataframes() give the figures",
    )


def render_slicing_metrics(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotSupportedError."""
    _not_drawn("render_slicing_metrics")


def render_slicing_attributions(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotSupportedError."""
    _not_drawn("render_slicing_attributions")


def render_time_series(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotSupportedError."""
    _not_drawn("render_time_series")


def render_plot(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotSupportedError."""
    _not_drawn("render_plot")
