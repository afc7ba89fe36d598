"""How the states of steps are worded and marked, the same in every part of a report."""

from __future__ import annotations

from dataclasses import dataclass

from gristmill.display.elements import Kind

__all__ = ["StepState", "state_of"]


@dataclass(frozen=True)
class StepState:
    """A state for people.

    Attributes:
        mark: one character, as ``gristmill run`` prints it.
        word: what became of the step.
        kind: how to mark it.
        fill: the color of its bar: a name of the display's style.
    """

    mark: str
    word: str
    kind: Kind
    fill: str


_STATES = {
    "complete": StepState("✓", "ran", "good", "--s0"),
    "cached": StepState("≡", "reused", "", "--s5"),
    "failed": StepState("✗", "failed", "bad", "--bad"),
    "canceled": StepState("■", "stopped", "warning", "--warning"),
    "blocked": StepState("○", "not run", "warning", "--s5"),
    "skipped": StepState("○", "skipped", "", "--s5"),
    "running": StepState("●", "running", "", "--s2"),
    "waiting": StepState("○", "waiting", "", "--s5"),
}


def state_of(name: str) -> StepState:
    """The state of that name; names that are not known are shown as they are."""
    return _STATES.get(name, StepState("·", name, "", "--s5"))
