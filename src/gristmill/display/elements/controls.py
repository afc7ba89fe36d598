"""Controls that act on the tables and charts of the group they stand in; they appear where scripts run."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

__all__ = ["alternatives", "choice", "enlarged", "group", "log_switch", "search", "sort_choice", "toolbar"]


def group(*parts: Markup) -> Markup:
    """Parts that belong together: a control among them acts on all of them, and on nothing else."""
    return Markup('<div class="gm-scope">{}</div>').format(Markup("").join(parts))


def toolbar(*controls: Markup) -> Markup:
    """Controls side by side, above what they act on."""
    return Markup('<div class="gm-toolbar gm-styled" hidden="hidden">{}</div>').format(Markup("").join(controls))


def search(label: str) -> Markup:
    """A field that hides the rows which do not contain what is typed into it."""
    return Markup(
        '<label class="gm-control gm-script"><input type="search" class="gm-search" placeholder="{}" aria-label="{}" '
        'autocomplete="off" spellcheck="false"></label><span class="gm-found gm-muted" aria-live="polite"></span>'
    ).format(label, label)


def sort_choice(options: Mapping[str, str], label: str = "Sort by") -> Markup:
    """A list of orders for the rows.

    Args:
        options: keys of ``Row.keys`` with the texts that stand for them. A key that begins with ``-`` sorts from large
            to small.
        label: what the list is called.
    """
    return _select("gm-sort", label, options)


def choice(name: str, options: Mapping[str, str], label: str) -> Markup:
    """A list that shows one of the ``alternatives`` called ``name``.

    Args:
        name: the name of the alternatives.
        options: keys of alternatives with the texts that stand for them.
        label: what the list is called.
    """
    return _select("gm-choice", label, options, name)


def alternatives(name: str, options: Mapping[str, Markup]) -> Markup:
    """Contents of which one is shown: the first, until a ``choice`` says another that exists here."""
    parts = (
        Markup('<div class="gm-alternative" data-choice="{}" data-option="{}"{}>{}</div>').format(
            name, key, Markup(' hidden="hidden"' if place else ""), body
        )
        for place, (key, body) in enumerate(options.items())
    )
    return Markup("").join(parts)


def enlarged() -> Markup:
    """The chart of the row that this stands below, in the details of that row, as large as there is room.

    The chart in the row holds all there is to see; where scripts are stripped, nothing is missing.
    """
    return Markup('<div class="gm-enlarged gm-script"></div>')


def log_switch(label: str = "Log scale") -> Markup:
    """A box to tick: histograms and bars show the logarithm of their values."""
    return Markup(
        '<label class="gm-control gm-script gm-check"><input type="checkbox" class="gm-log"><span>{}</span></label>'
    ).format(label)


def _select(kind: str, label: str, options: Mapping[str, str], name: str = "") -> Markup:
    entries = Markup("").join(
        Markup('<option value="{}">{}</option>').format(key, text) for key, text in options.items()
    )
    return Markup(
        '<label class="gm-control gm-script"><span>{}</span><select class="{}" data-choice="{}">{}</select></label>'
    ).format(label, kind, name, entries)
