"""The slicing view in a real browser: the choice of metric and order, the filters, and all widths and themes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import gristmill.model_analysis as tfma
from gristmill.display import View, charts, elements
from gristmill.display.numbers import number
from gristmill.model_analysis.view import plot_view, slicing_metrics_view

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Any]


def heights(page: Any) -> list[float]:
    """The heights of the visible plot's bars in percent."""
    return page.eval_on_selector_all(
        ".gm-plot-stand i", "bars => bars.filter(b => b.offsetParent).map(b => parseFloat(b.style.height))"
    )


def labels(page: Any) -> list[str]:
    """The first line of each column's tooltip, from left to right."""
    return [
        text.split("\n")[0] for text in page.eval_on_selector_all(".gm-plot-column", "all => all.map(c => c.title)")
    ]


def visible_rows(page: Any) -> list[str]:
    """What the visible rows of the table are called."""
    return page.eval_on_selector_all(
        "tr[data-sort-examples] > th", "all => all.filter(h => h.offsetParent).map(h => h.textContent)"
    )


@pytest.fixture
def hours(compared: tfma.EvalResult, open_page: OpenPage) -> Any:
    return open_page(slicing_metrics_view(compared, slicing_column="hour").html())


def test_another_metric_changes_the_bars_and_the_line(hours: Any) -> None:
    before = heights(hours)
    line = hours.text_content(".gm-plot-reference-name")
    hours.select_option("select.gm-measure", label="binary_accuracy · weighted")
    assert heights(hours) != before
    assert hours.text_content(".gm-plot-reference-name") != line
    hours.select_option("select.gm-measure", label="auc · weighted · change")
    assert hours.locator(".gm-plot-stand i.gm-s1").count() == 0
    assert hours.locator(".gm-plot .gm-legend").is_hidden()  # a change is of neither model


def test_the_chart_writes_numbers_as_the_tables_do(open_page: OpenPage) -> None:
    values = [0.0, 0.5, -0.98765, 1e-4, 0.00009999, 1.5e-7, 12.34567, 99.99951, 123.456, -1234567.8, 8e15, 1.25e300]
    values += [17031346402, 2 / 3, math.pi, 1e6 + 0.7, math.nan, -math.inf]
    one = charts.Measure("value")
    plot = charts.columns([charts.Category(str(at), [[charts.Reading(v)]]) for at, v in enumerate(values)], [one])
    page = open_page(View("Numbers", elements.group(plot)).html())
    told = page.eval_on_selector_all(".gm-plot-column", "all => all.map(c => c.title.split(': ')[1])")
    assert told == [number(value) for value in values]


def test_slices_are_ordered_by_value_metric_or_size(hours: Any) -> None:
    assert labels(hours) == list(map(str, range(24)))
    hours.select_option("select.gm-order", label="Largest value")
    first = hours.eval_on_selector_all(".gm-plot-stand i.gm-s0", "all => all.map(b => parseFloat(b.style.height))")
    assert first == sorted(first, reverse=True)
    assert labels(hours)[-1] == "7"  # NaN is last in either direction
    hours.select_option("select.gm-order", label="Smallest value")
    assert labels(hours)[-1] == "7"
    hours.select_option("select.gm-order", label="Most examples")
    assert sorted(labels(hours), key=int) == list(map(str, range(24)))


def test_the_search_field_and_the_least_size_act_on_chart_and_table(hours: Any) -> None:
    hours.fill("input.gm-search", "23")
    assert labels(hours) == ["23"]
    assert visible_rows(hours) == ["23"]
    hours.fill("input.gm-search", "")
    hours.fill("input.gm-least", "130")
    kept = labels(hours)
    assert 0 < len(kept) < 24
    assert visible_rows(hours) == ["Overall", *kept]
    hours.fill("input.gm-least", "100000")
    assert hours.text_content(".gm-plot-axis") == "nothing to show"


def test_a_click_on_a_header_sorts_the_table(hours: Any) -> None:
    hours.click("th >> text=example_count >> nth=0")
    counts = hours.eval_on_selector_all(
        "tr[data-sort-examples] > td:nth-child(2)", "all => all.map(c => Number(c.textContent.replace(',', '')))"
    )
    assert counts == sorted(counts, reverse=True)


def test_the_axis_begins_at_zero_unless_told_otherwise(hours: Any) -> None:
    before = heights(hours)
    hours.uncheck("input.gm-zero")
    assert min(heights(hours)) < min(before)


def test_a_chart_in_a_closed_tab_is_drawn_when_it_opens(compared: tfma.EvalResult, open_page: OpenPage) -> None:
    page = open_page(slicing_metrics_view(compared).html())
    page.click("button[role=tab] >> text=hour (24)")
    page.wait_for_function(
        "Array.from(document.querySelectorAll('.gm-plot-under span'))"
        ".some(label => label.textContent === '23' && label.offsetParent)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [700, 1300])
def test_nothing_sticks_out_of_the_page(
    compared: tfma.EvalResult, classes: tfma.EvalResult, open_page: OpenPage, width: int, scheme: str
) -> None:
    for view in (slicing_metrics_view(compared), slicing_metrics_view(classes), plot_view(compared)):
        page = open_page(view.html(), width=width, scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_first_metric_and_all_tables_are_there(compared: tfma.EvalResult, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(slicing_metrics_view(compared, slicing_column="hour").html())
    assert page.locator(".gm-plot-stand i").count() == 46  # two models, 24 hours; hour 7 has no value
    assert page.locator("tbody tr").count() >= 25
    context.close()
