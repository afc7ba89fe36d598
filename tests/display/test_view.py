"""A view is one self-contained piece of HTML, as a page, a file and a notebook's output."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.display import Cell, Column, Markup, Row, View, charts, compose, elements, graph
from gristmill.errors import ConfigError

HOSTILE = "</title></style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


class Elements(HTMLParser):
    """The start tags of a page, and its text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open[-1:]):
            self.texts.append(data)


def everything(text: str) -> View:
    """A view with that text in every place that takes a text."""
    columns = [Column(text, hint=text), Column(text, numeric=True)]
    rows = [
        Row([Cell(text, sort_key=text, title=text), text], Markup.escape(text), {"key": text}, label=text),
        (text, 1),
    ]
    parts = [
        elements.table(columns, rows, caption=text, label=text),
        elements.figures([text, text], [(text, text)]),
        elements.notice(text, "bad"),
        elements.details(text, text),
        elements.section(text, text, text),
        elements.key_values({text: text}),
        elements.tabs({text: Markup.escape(text)}),
        elements.link(text, text),
        elements.toolbar(
            elements.search(text),
            elements.sort_choice({text: text}, text),
            elements.choice(text, {text: text}, text),
            elements.log_switch(text),
        ),
        elements.alternatives(text, {text: Markup.escape(text)}),
        charts.histogram([charts.HistogramSeries(text, [charts.Bucket(0, 1, 2)])] * 2, label=text),
        charts.histogram([charts.HistogramSeries(text, [charts.Bucket(0, 1, 2)])], label=text, compact=True),
        charts.quantile_chart([charts.QuantileSeries(text, [1.0, 2.0])], label=text),
        charts.bar_chart([charts.Bar(text, [1.0, 2.0], text)], series=[text, text], label=text),
        charts.bar_chart([charts.Bar(text, [1.0])], label=text, compact=True),
        charts.line_chart(
            [charts.LineSeries(text, [(0, 1), (1, 2)], [text])],
            label=text,
            x_label=text,
            y_label=text,
            x_ticks=[(0, text)],
        ),
        charts.sparkline([1, 2], label=text),
        graph.directed_graph(
            [graph.Node("a", text, note=text, link=text, tooltip=text), graph.Node("b", text, "artifact")],
            [graph.Edge("a", "b", text)],
            label=text,
        ),
    ]
    return View(text, Markup("").join(parts))


def tags_of(html: str) -> list[str]:
    return [tag for tag, _ in Elements(html).tags]


@given(st.one_of(st.just(HOSTILE), st.text(alphabet="<>&\"'/abc=`; scriptjav:\x00\n", max_size=40)))
def test_no_text_becomes_markup_wherever_it_stands(text: str) -> None:
    view = everything(text)
    for html in (view.html(), view._repr_html_(), compose(text, [view, view]).html()):
        page = Elements(html)
        assert tags_of(html).count("script") == 1
        assert not {"img", "iframe", "object", "embed", "link", "base", "form"} & set(tags_of(html))
        for _, attributes in page.tags:
            assert not any(name.startswith("on") for name in attributes)
            assert not (attributes.get("href") or "").lower().strip().startswith(("javascript:", "data:", "vbscript:"))


def test_hostile_text_is_read_as_it_is() -> None:
    assert HOSTILE in "".join(Elements(View(HOSTILE, elements.notice(HOSTILE)).html()).texts)


def test_a_body_that_is_no_markup_is_escaped() -> None:
    assert "<b>" not in View("a", "<b>").body  # type: ignore[arg-type]


def test_nothing_in_a_view_names_a_place_in_the_network() -> None:
    view = everything("plain")
    assert not re.search(r"https?://|url\(|@import|src=", view.html() + view._repr_html_())


def test_a_page_allows_the_kit_s_own_script_and_nothing_else() -> None:
    html = View("a", Markup("b")).html()
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "default-src 'none'" in html


def test_style_and_script_travel_with_a_cell_once() -> None:
    views = [View(f"part {number}", Markup("<p>text</p>")) for number in range(3)]
    tags = tags_of(compose("all", views)._repr_html_())
    assert (tags.count("style"), tags.count("script")) == (1, 1)
    assert tags[0] == "div"  # a fragment, not a page


def test_every_style_rule_stands_below_the_class_of_the_kit() -> None:
    html = View("a", Markup("b"))._repr_html_()
    style = re.sub(r"/\*.*?\*/", "", html.partition("<style>")[2].partition("</style>")[0], flags=re.DOTALL)
    assert style.count("{") > 50
    above: list[str] = []
    selector = ""
    for character in style:
        if character == "{":
            is_outermost = all(rule.startswith("@") for rule in above)
            if is_outermost and not selector.strip().startswith("@"):
                assert all(".gristmill" in part or ".gm-page" in part for part in outer_parts(selector)), selector
            above.append(selector.strip())
            selector = ""
        elif character == "}":
            above.pop()
            selector = ""
        else:
            selector = "" if character == ";" else selector + character
    assert above == []


def outer_parts(selector: str) -> list[str]:
    """The selectors of a list, split at the commas that stand outside of parentheses."""
    parts, depth = [""], 0
    for character in selector:
        depth += (character == "(") - (character == ")")
        parts = [*parts, ""] if character == "," and depth == 0 else [*parts[:-1], parts[-1] + character]
    return parts


def test_each_view_has_an_id_of_its_own_and_keeps_it() -> None:
    views = [View("same", Markup("same")) for _ in range(50)]
    assert len({re.search(r'id="(gm-\w+)"', view._repr_html_())[1] for view in views}) == 50  # type: ignore[index]
    assert views[0].html() == views[0].html()


def test_front_ends_that_strip_styles_are_left_with_text_and_tables_alone() -> None:
    """JupyterLab keeps of an untrusted output the texts of drawings and controls, and ``hidden`` only with a value."""
    one = charts.LineSeries("line", [(0.0, 1.0), (1.0, 2.0)])
    parts = [
        elements.toolbar(elements.search("Search")),
        elements.alternatives("kind", {"first": Markup("first"), "second": Markup("second")}),
        elements.table([Column("a")], [(f"row {place}",) for place in range(9)]),
        charts.line_chart([one]),
        charts.sparkline([1.0, 2.0]),
        charts.columns([charts.Category("a", [[charts.Reading(1.0)]])], [charts.Measure("m")]),
        graph.directed_graph([graph.Node("a", "a")], []),
    ]
    html = View("v", Markup("").join(parts))._repr_html_()
    for kept in ("style", "script"):
        html = re.sub(rf"<{kept}>.*?</{kept}>", "", html, flags=re.DOTALL)
    stripped = re.sub(r'<(\w+)[^>]* hidden="hidden".*?</\1>', "", html, flags=re.DOTALL)
    assert not re.search("<svg|<input|<select|second", stripped)
    assert "first" in stripped
    assert stripped.count("row ") == 9
    assert "appear when the notebook is trusted" in stripped


def test_composed_views_fold_under_headings() -> None:
    open_one = compose("all", [View("first", Markup("<p>one</p>")), View("second", Markup("<p>two</p>"))]).html()
    folded = compose("all", [View("first", Markup("one"))], collapsed=True).html()
    assert open_one.count('<details class="gm-section" open>') == 2
    assert '<details class="gm-section"><summary>' in folded
    assert re.search(r">first<.*<p>one</p>.*>second<.*<p>two</p>", open_one, re.DOTALL)


def test_a_view_is_saved_as_its_page(tmp_path: Path) -> None:
    view = View("Größe", Markup("<p>→</p>"))
    view.save(tmp_path / "view.html")
    view.save(str(tmp_path / "view.html"))
    assert (tmp_path / "view.html").read_text(encoding="utf-8") == view.html()
    assert [path.name for path in tmp_path.iterdir()] == ["view.html"]


def test_a_view_that_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder that exists"):
        View("a", Markup("b")).save(tmp_path / "nowhere" / "view.html")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        View("a", Markup("b")).save(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_its_text_is_short() -> None:
    assert repr(View("Statistics", Markup("x" * 1000))) == "<View 'Statistics'>"
