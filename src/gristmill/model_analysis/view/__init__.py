"""Views of results: metrics by slice, over several evaluations, plots, and the verdict on thresholds.

The functions that end in ``_view`` return a :class:`gristmill.display.View`, which notebooks show and ``.save(path)``
writes as one self-contained page. The family's names (``render_slicing_metrics``, …) show such a view at once.
"""

from __future__ import annotations

from gristmill.model_analysis.results.eval_result import SlicedMetrics, SlicedPlots
from gristmill.model_analysis.view.plots import plot_view
from gristmill.model_analysis.view.render import (
    render_plot,
    render_slicing_attributions,
    render_slicing_metrics,
    render_time_series,
)
from gristmill.model_analysis.view.slicing_metrics import slicing_metrics_view
from gristmill.model_analysis.view.time_series import time_series_view
from gristmill.model_analysis.view.validation import validation_view

__all__ = [
    "SlicedMetrics",
    "SlicedPlots",
    "plot_view",
    "render_plot",
    "render_slicing_attributions",
    "render_slicing_metrics",
    "render_time_series",
    "slicing_metrics_view",
    "time_series_view",
    "validation_view",
]
