"""Views in a real browser: search, sorting, switches and themes work, and nothing is asked of the network.

`open_page` fails a test whose page says anything on its console or asks for anything besides itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.display import schema_view, statistics_view
from gristmill.display import Column, Markup, View, compose, elements
from gristmill.display.graph import Edge, Node, directed_graph

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Any]

# What a notebook's own style does to tables, reduced to what would show.
HOSTILE_STYLE = """<style>
.jp-RenderedHTMLCommon table { table-layout: fixed; margin: 0 auto; border: 3px solid red; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th { text-align: right; padding: 30px; white-space: normal; }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: red; }
</style>"""

# What a front end does with the output of a cell that runs later: scripts run only when they are made anew.
ADD_ANOTHER = """() => {
    const output = document.createElement("div");
    output.innerHTML = document.querySelector("#source").content.firstElementChild.outerHTML;
    document.body.append(output);
    const script = document.createElement("script");
    script.textContent = output.querySelector("script").textContent;
    output.querySelector("script").replaceWith(script);
}"""


def dataset(shift: float) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics of two numeric features and a categorical one."""
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    one = statistics.datasets.add(num_examples=100)
    for name, missing, mean in (("fare", 0, 10.0), ("tips", 60, 2.0)):
        feature = one.features.add(type="FLOAT")
        feature.path.step.append(name)
        numbers = feature.num_stats
        numbers.common_stats.num_non_missing, numbers.common_stats.num_missing = 100 - missing, missing
        numbers.common_stats.tot_num_values = 100
        numbers.mean, numbers.max = mean + shift, 4 + shift
        for kind in ("STANDARD", "QUANTILES"):
            found = numbers.histograms.add(type=kind)
            for at, count in enumerate((70, 20, 9, 1)):
                found.buckets.add(low_value=at + shift, high_value=at + 1 + shift, sample_count=count)
    payment = one.features.add(type="STRING")
    payment.path.step.append("payment")
    texts = payment.string_stats
    texts.common_stats.num_non_missing = texts.common_stats.tot_num_values = 100
    texts.unique = 2
    for place, (value, count) in enumerate((("Cash", 80), ("Card", 20))):
        texts.top_values.add(value=value, frequency=count)
        texts.rank_histogram.buckets.add(low_rank=place, high_rank=place, label=value, sample_count=count)
    return statistics


@pytest.fixture
def page(open_page: OpenPage) -> Any:
    return open_page(statistics_view(dataset(0), dataset(1), "train", "eval").html())


def names(page: Any) -> list[str]:
    """The features that are seen, from top to bottom."""
    return page.eval_on_selector_all(
        "tr[data-label]", "rows => rows.filter(r => r.offsetParent).map(r => r.dataset.label)"
    )


def test_search_leaves_the_rows_that_match(page: Any) -> None:
    assert names(page) == ["fare", "tips", "payment"]
    page.get_by_label("Search features").fill("AR")
    assert names(page) == ["fare"]
    assert page.locator(".gm-found").inner_text() == "1 of 3"
    page.get_by_label("Search features").fill("")
    assert names(page) == ["fare", "tips", "payment"]


def test_a_header_sorts_by_its_column_forth_and_back_by_mouse_and_by_key(page: Any) -> None:
    head = page.get_by_role("columnheader", name="Mean")
    head.get_by_role("button").click()
    assert (names(page)[:2], head.get_attribute("aria-sort")) == (["fare", "tips"], "descending")
    head.get_by_role("button").press("Enter")
    assert (names(page)[:2], head.get_attribute("aria-sort")) == (["tips", "fare"], "ascending")


@pytest.mark.parametrize(("order", "first"), [("-missing", "tips"), ("name", "fare"), ("order", "fare")])
def test_orders_are_chosen_by_name(page: Any, order: str, first: str) -> None:
    page.get_by_label("Sort by").select_option(order)
    assert names(page)[0] == first


def test_both_datasets_are_drawn_over_each_other_with_a_legend(page: Any) -> None:
    chart = page.locator("tr[data-label=fare] .gm-small").first
    fills = chart.locator("path.gm-bars").evaluate_all("paths => paths.map(path => getComputedStyle(path).fill)")
    assert len(set(fills)) == 2
    legend = page.locator(".gm-toolbar .gm-legend")
    assert legend.inner_text().split() == ["train", "eval"]
    swatches = legend.locator(".gm-swatch").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert swatches == fills


def test_quantiles_take_the_place_of_histograms_where_there_are_any(page: Any) -> None:
    row = page.locator("tr[data-label=fare]")
    assert row.locator("path.gm-bars").first.is_visible()
    page.get_by_label("Chart").select_option("quantiles")
    assert row.locator("path.gm-strokes").first.is_visible()
    assert not row.locator("path.gm-bars").first.is_visible()
    assert page.locator("tr[data-label=payment] path.gm-bars").first.is_visible()


def test_the_log_scale_raises_small_bars_and_is_undone(page: Any) -> None:
    def heights() -> list[float]:
        return page.eval_on_selector(
            "tr[data-label=payment] path.gm-bars",
            "path => path.getAttribute('d').match(/V[\\d.]+H/g).map(top => 44 - parseFloat(top.slice(1)))",
        )

    before = heights()
    page.get_by_label("Log scale").check()
    after = heights()
    assert after[0] == pytest.approx(before[0], abs=0.2)
    assert after[1] > before[1] * 2
    page.get_by_label("Log scale").uncheck()
    assert heights() == before


def test_details_unfold_with_an_enlarged_chart_and_stay_with_their_row(page: Any) -> None:
    assert not page.get_by_text("Most frequent values").is_visible()
    page.get_by_role("button", name="Details of payment").click()
    assert page.get_by_text("Most frequent values").is_visible()
    assert page.locator(".gm-enlarged svg:visible").count() == 1
    page.get_by_label("Search features").fill("fare")
    assert not page.get_by_text("Most frequent values").is_visible()
    page.get_by_label("Search features").fill("")
    assert page.get_by_text("Most frequent values").is_visible()


def test_high_shares_of_missing_values_are_marked(page: Any) -> None:
    assert page.locator("tr[data-label=tips] .gm-bad").first.inner_text() == "60.0%"
    assert page.locator("tr[data-label=fare] .gm-bad").count() == 0


def test_a_page_without_scripts_tells_everything(browser: Any, tmp_path: Any) -> None:
    path = tmp_path / "page.html"
    statistics_view(dataset(0)).save(path)
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(path.as_uri())
    assert plain.get_by_text("Most frequent values").is_visible()
    assert plain.get_by_role("cell", name="Cash").count() + plain.get_by_role("rowheader", name="Cash").count() > 0
    assert not plain.get_by_label("Search features").is_visible()
    context.close()


def test_search_in_a_schema_looks_at_features_and_at_values_of_domains(open_page: OpenPage) -> None:
    schema = text_format.Parse(
        'feature {name: "fare" type: FLOAT} feature {name: "payment" type: BYTES domain: "kinds"} '
        'string_domain {name: "kinds" value: "Cash"}',
        schema_pb2.Schema(),
    )
    schema.string_domain[0].value.extend(f"value {number}" for number in range(30))
    page = open_page(schema_view(schema).html())
    page.get_by_label("Search").fill("value 29")
    rows = page.locator("tbody tr:visible")
    assert rows.count() == 1
    assert "kinds" in rows.first.inner_text()


def test_tabs_show_one_panel_and_follow_the_arrow_keys(open_page: OpenPage) -> None:
    page = open_page(View("t", elements.tabs({"One": Markup("<p>first</p>"), "Two": Markup("<p>second</p>")})).html())
    assert page.get_by_text("first").is_visible()
    assert not page.get_by_text("second").is_visible()
    page.get_by_role("tab", name="One").press("ArrowRight")
    assert page.get_by_text("second").is_visible()
    assert page.get_by_role("tab", name="Two").get_attribute("aria-selected") == "true"


def test_numbers_sort_with_what_is_none(open_page: OpenPage) -> None:
    values = [3.0, math.nan, -math.inf, None, 17031346402, 17031346403, math.inf, -2]
    table = elements.table([Column("Value", numeric=True)], [(value,) for value in values], row_headers=False)
    page = open_page(View("v", table).html())
    page.get_by_role("button", name="Value").click()
    seen = page.eval_on_selector_all("tbody td", "all => all.map(cell => cell.textContent)")
    assert seen == ["∞", "17,031,346,403", "17,031,346,402", "3", "−2", "−∞", "NaN", "–"]
    page.get_by_role("button", name="Value").click()
    seen = page.eval_on_selector_all("tbody td", "all => all.map(cell => cell.textContent)")
    assert seen[:2] + seen[-3:] == ["−∞", "−2", "∞", "NaN", "–"]


def cells(count: int, theme: str = "") -> str:
    """A notebook's page with that many outputs of the same view."""
    rows = [(f"name {number}", number) for number in range(10)]
    view = View("v", elements.table([Column("Name"), Column("Value", numeric=True)], rows))
    outputs = "".join(f'<div class="jp-RenderedHTMLCommon">{view._repr_html_()}</div>' for _ in range(count))
    return f"<!DOCTYPE html><html><head>{HOSTILE_STYLE}</head><body {theme}>{outputs}</body></html>"


def test_twenty_views_in_a_notebook_do_not_disturb_each_other(open_page: OpenPage) -> None:
    page = open_page(cells(20))
    assert page.locator(".gristmill[data-ready]").count() == 20
    page.get_by_label("Search").nth(7).fill("name 3")
    seen = page.eval_on_selector_all(
        ".gristmill", "views => views.map(v => [...v.querySelectorAll('tbody tr')].filter(r => r.offsetParent).length)"
    )
    assert seen == [10] * 7 + [1] + [10] * 12
    # One button per header, though the script ran twenty times.
    assert page.locator("thead button").count() == 40


def test_a_view_that_comes_later_is_set_up_too(open_page: OpenPage) -> None:
    later = View("later", elements.table([Column("Name")], [(number,) for number in range(10)]))._repr_html_()
    page = open_page(cells(1) + f'<template id="source">{later}</template>')
    page.evaluate(ADD_ANOTHER)
    assert page.locator(".gristmill[data-ready]").count() == 2
    page.get_by_label("Search").nth(1).fill("7")
    assert page.locator("tbody tr:visible").count() == 10 + 1


def test_a_notebook_s_own_style_does_not_reach_a_view(open_page: OpenPage) -> None:
    page = open_page(cells(1))
    cell = page.locator("tbody th").first
    told = cell.evaluate("e => (({textAlign, paddingTop}) => [textAlign, paddingTop])(getComputedStyle(e))")
    assert told == ["left", "6px"]
    assert cell.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("table").first.evaluate("e => getComputedStyle(e).borderTopWidth") == "0px"


@pytest.mark.parametrize(
    ("theme", "scheme", "is_dark"),
    [
        ("", "light", False),
        ("", "dark", True),
        ('data-jp-theme-light="false"', "light", True),
        ('data-jp-theme-light="true"', "dark", False),
        ('class="vscode-dark"', "light", True),
        ('class="vscode-light"', "dark", False),
    ],
)
def test_a_view_follows_the_theme_of_what_is_around_it(
    open_page: OpenPage, theme: str, scheme: str, is_dark: bool
) -> None:
    page = open_page(cells(1, theme), scheme=scheme)
    paper = page.locator(".gristmill").evaluate("e => getComputedStyle(e).backgroundColor")
    assert paper == ("rgb(20, 24, 29)" if is_dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize(("theme", "is_dark"), [("dark", True), ("light", False)])
def test_a_view_follows_the_theme_of_colab(open_page: OpenPage, theme: str, is_dark: bool) -> None:
    html = cells(1).replace("<html>", f'<html theme="{theme}">')
    page = open_page(html, scheme="light" if is_dark else "dark")
    paper = page.locator(".gristmill").evaluate("e => getComputedStyle(e).backgroundColor")
    assert paper == ("rgb(20, 24, 29)" if is_dark else "rgb(255, 255, 255)")


def test_a_wide_table_scrolls_inside_a_narrow_cell(open_page: OpenPage) -> None:
    page = open_page(statistics_view(dataset(0), dataset(1), "train", "eval").html(), width=700)
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    box = page.locator(".gm-scroll", has=page.get_by_role("columnheader", name="Mean"))
    box.evaluate("e => { e.scrollLeft = 300; }")
    # The name stays in sight.
    assert page.locator("tr[data-label=fare] th").bounding_box()["x"] >= box.bounding_box()["x"]


def test_a_wide_graph_shows_first_what_it_is_about(open_page: OpenPage) -> None:
    for focus in (0, 19):
        nodes = [Node(str(n), f"node {n}", "artifact", state="focus" if n == focus else "") for n in range(20)]
        drawn = directed_graph(nodes, [Edge(str(n), str(n + 1)) for n in range(19)], label="chain")
        page = open_page(View("chain", drawn).html(), width=900)
        seen, node = page.locator(".gm-graph").bounding_box(), page.locator(".gm-node.gm-focus rect").bounding_box()
        assert seen["width"] <= 900 < page.evaluate("document.querySelector('.gm-graph').scrollWidth")
        assert seen["x"] <= node["x"] <= seen["x"] + seen["width"] - node["width"]


def test_sections_of_a_composed_view_fold(open_page: OpenPage) -> None:
    page = open_page(compose("all", [View("first", Markup("<p>inside</p>"))], collapsed=True).html())
    assert not page.get_by_text("inside").is_visible()
    page.get_by_text("first").click()
    assert page.get_by_text("inside").is_visible()
