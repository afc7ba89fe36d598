"""Tables and blocks say what they were given."""

from __future__ import annotations

import pytest

from gristmill.display import Cell, Column, Markup, Row, elements


def test_cells_are_shown_as_people_read_them_and_sort_by_their_values() -> None:
    html = elements.table([Column("a"), Column("b", numeric=True)], [("x", 1234.5), ("y", None), ("z", True)])
    assert '<td class="gm-num" data-key="1234.5">1,234.5</td>' in html
    assert '<span class="gm-muted">–</span>' in html
    assert ">yes</td>" in html


def test_a_cell_may_be_marked_and_sort_by_another_key() -> None:
    html = elements.table([Column("a")], [(Cell("5%", 0.05, "bad", "five"),)], row_headers=False)
    assert '<td class="gm-bad" data-key="0.05" title="five"><span class="gm-cut">5%</span></td>' in html


def test_long_texts_are_told_in_full_by_their_title() -> None:
    text = "a name that is longer than a column is wide"
    assert f'title="{text}"' in elements.table([Column("a")], [(text,)])
    assert f'title="{text}"' in elements.figures(["a", "b"], [(text, 1)])


def test_long_tables_have_a_search_field_unless_told_otherwise() -> None:
    rows = [(number,) for number in range(20)]
    assert 'type="search"' in elements.table([Column("a")], rows)
    assert 'type="search"' not in elements.table([Column("a")], rows, searchable=False)
    assert 'type="search"' not in elements.table([Column("a")], rows[:2])


def test_details_of_a_row_stand_below_it() -> None:
    html = elements.table([Column("a"), Column("b")], [Row(["x", "y"], Markup("<p>more</p>")), Row(["z", "w"])])
    assert html.count('<tr class="gm-more"><td colspan="2"><p>more</p></td></tr>') == 1


def test_a_row_has_one_cell_per_column() -> None:
    with pytest.raises(ValueError, match="zip"):
        elements.table([Column("a")], [("x", "y")])


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "", "http://[bad"]
)
def test_links_that_run_code_are_texts(target: str) -> None:
    assert elements.link("text", target) == "text"


@pytest.mark.parametrize("target", ["#there", "a/b.html", "https://example.org/?a=1&b=2", "file:///tmp/x"])
def test_links_lead_to_pages_and_files(target: str) -> None:
    assert elements.link("text", target).startswith("<a href=")


def test_alternatives_show_the_first() -> None:
    html = elements.alternatives("chart", {"a": Markup("1"), "b": Markup("2")})
    assert html.index("hidden") > html.index('data-option="b"')


def test_panels_of_tabs_have_headings_for_readers_without_scripts() -> None:
    html = elements.tabs({"One": Markup("1"), "Two": Markup("2")})
    assert html.count("gm-heading") == 2
    assert "hidden" not in html
