"""The family's names: they make a view and show it where the code runs, and return nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from gristmill.display import show
from gristmill.errors import NotSupportedError
from gristmill.model_analysis.results.eval_result import EvalResult, EvalResults
from gristmill.model_analysis.view.plots import plot_view
from gristmill.model_analysis.view.slice_choice import Spec
from gristmill.model_analysis.view.slicing_metrics import slicing_metrics_view
from gristmill.model_analysis.view.time_series import time_series_view

__all__ = ["render_plot", "render_slicing_attributions", "render_slicing_metrics", "render_time_series"]


def render_slicing_metrics(
    result: EvalResult,
    slicing_column: str | None = None,
    slicing_spec: Spec | None = None,
    weighted_example_column: str | None = None,
    event_handlers: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Shows :func:`slicing_metrics_view`, whose parameters these are.

    Raises:
        ConfigError: no such slices or metric.
        NotSupportedError: ``event_handlers``: nothing in a page without a server calls back into Python.
    """
    if event_handlers is not None:
        raise NotSupportedError(
            "the slicing view calls no event_handlers",
            hint="leave them out; result.get_metrics_for_all_slices() gives the figures to Python",
        )
    show(slicing_metrics_view(result, slicing_column, slicing_spec, weighted_example_column))


def render_time_series(results: EvalResults, slicing_spec: Spec | None = None, display_full_path: bool = False) -> None:
    """Shows :func:`time_series_view`, whose parameters these are.

    Raises:
        ConfigError: the spec matches several slices, or none in any evaluation.
    """
    show(time_series_view(results, slicing_spec, display_full_path))


def render_plot(
    result: EvalResult,
    slicing_spec: Spec | None = None,
    output_name: str | None = None,
    class_id: int | None = None,
    top_k: int | None = None,
    k: int | None = None,
    label: str | None = None,
) -> None:
    """Shows :func:`plot_view`, whose parameters these are.

    Raises:
        ConfigError: no slice, several slices, no plot, or choices that exclude each other.
    """
    show(plot_view(result, slicing_spec, output_name, class_id, top_k, k, label))


def render_slicing_attributions(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotSupportedError: evaluations here have no attributions."""
    raise NotSupportedError(
        "render_slicing_attributions has nothing to draw: attributions are not computed by gristmill",
        hint="compute attributions in a component of your own; slicing_metrics_view shows metrics by slice",
    )
