"""When each step ran: one bar per step over the run's time."""

from __future__ import annotations

from markupsafe import Markup

from gristmill.display.charts.svg import Scale, coordinate, picture, ticks, title
from gristmill.display.texts import shortened
from gristmill.report.run_facts import RunFacts, StepFacts
from gristmill.report.step_states import state_of
from gristmill.time_in_words import duration

__all__ = ["timeline"]

_WIDTH = 920
_LABELS = 210  # width of the names
_ROW = 24
_BAR = 14
_RIGHT = 90  # room for a duration behind the longest bar
_CHARACTERS = 30  # of a name
_LEAST = 2.0  # width of a bar that took no time to speak of


def timeline(facts: RunFacts) -> Markup:
    """The steps that ran, in the order in which they began; nothing where fewer than two did."""
    steps = sorted((step for step in facts.steps if step.started_ms), key=lambda step: step.started_ms or 0)
    if len(steps) < 2:
        return Markup("")
    begin = min(step.started_ms or 0 for step in steps)
    end = max((step.started_ms or 0) / 1000 + (step.seconds or 0.0) for step in steps)
    across = Scale(0.0, max(end - begin / 1000, 0.001), _LABELS, _WIDTH - _RIGHT)
    bottom = _ROW * len(steps)
    grid = Markup("").join(_tick(value, across, bottom) for value in ticks(0.0, across.high, 6))
    rows = Markup("").join(_row(step, place, begin, across) for place, step in enumerate(steps))
    return picture(grid + rows, label="When each step ran", width=_WIDTH, height=bottom + 22)


def _tick(value: float, across: Scale, bottom: int) -> Markup:
    x = coordinate(across(value))
    return Markup(
        '<line class="gm-grid" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
        '<text class="gm-tick gm-middle" x="{0}" y="{2}">{3}</text>'
    ).format(x, bottom, bottom + 16, duration(value) if value else "0")


def _row(step: StepFacts, place: int, begin: int, across: Scale) -> Markup:
    state = state_of(step.record.state)
    offset = ((step.started_ms or 0) - begin) / 1000
    left, right = across(offset), across(offset + (step.seconds or 0.0))
    middle = place * _ROW + _ROW / 2
    name = shortened(step.id, _CHARACTERS)
    took = duration(step.seconds)
    return Markup(
        '<g>{}<text class="gm-tick gm-end" x="{}" y="{}">{}</text>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="3" style="fill:var({})"/>'
        '<text class="gm-tick" x="{}" y="{}">{}</text></g>'
    ).format(
        title(f"{step.id}: {state.word}, {took}, {offset:.1f} s after the start"),
        _LABELS - 10,
        coordinate(middle + 4),
        name,
        coordinate(left),
        coordinate(middle - _BAR / 2),
        coordinate(max(right - left, _LEAST)),
        _BAR,
        state.fill,
        coordinate(max(right, left + _LEAST) + 6),
        coordinate(middle + 4),
        took if state.word == "ran" else f"{took} · {state.word}",
    )
