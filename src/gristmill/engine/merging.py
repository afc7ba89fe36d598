"""Merges states in a balanced tree whose shape depends on the number of states alone."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from gristmill.engine.contract import Accumulator

__all__ = ["MergeTree"]

State = TypeVar("State")


class MergeTree(Generic[State]):
    """Takes states in order and holds at most one per level of the tree, as a binary counter holds its digits.

    A sketch loses accuracy with the depth of its merges: over n states that is log2(n) here, not n.
    """

    def __init__(self, accumulator: Accumulator[State, Any]) -> None:
        self._accumulator = accumulator
        self._subtrees: list[tuple[int, State]] = []  # (height, state), heights strictly falling

    def append(self, state: State) -> None:
        """Add the next state; it belongs to the tree from here on."""
        height = 0
        while self._subtrees and self._subtrees[-1][0] == height:
            state = self._accumulator.merge(self._subtrees.pop()[1], state)
            height += 1
        self._subtrees.append((height, state))

    def merged(self) -> State:
        """The merge of all states; a fresh one when there are none. The tree is empty afterwards."""
        if not self._subtrees:
            return self._accumulator.create()
        _, state = self._subtrees.pop()
        while self._subtrees:
            state = self._accumulator.merge(self._subtrees.pop()[1], state)
        return state
