"""The place of a feature: the steps from the top of an example down to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tensorflow_metadata.proto.v0 import path_pb2

from gristmill.errors import ConfigError

__all__ = ["FeaturePath"]


class FeaturePath:
    """An immutable, hashable sequence of steps; a top-level feature has one step, its name.

    ``str()`` joins the steps with dots and puts a step that itself holds a dot, a quote or a bracket in
    ``('...')``, so that the text names one feature only and ``from_string`` reads it back.
    """

    __slots__ = ("_steps",)

    def __init__(self, steps: Iterable[str]) -> None:
        if isinstance(steps, (str, bytes)):
            raise ConfigError(
                "A FeaturePath is made from a list of steps",
                value=steps,
                hint=f"write FeaturePath([{steps!r}])",
            )
        self._steps = tuple(steps)

    @staticmethod
    def from_proto(path: path_pb2.Path) -> FeaturePath:
        """The path that a ``Path`` message names."""
        return FeaturePath(path.step)

    @staticmethod
    def from_string(text: str) -> FeaturePath:
        """The path whose ``str()`` is ``text``.

        Raises:
            ConfigError: a quoted step is not closed.
        """
        return FeaturePath(_split(text))

    def to_proto(self) -> path_pb2.Path:
        """This path as a ``Path`` message."""
        return path_pb2.Path(step=self._steps)

    def steps(self) -> tuple[str, ...]:
        """The steps, outermost first."""
        return self._steps

    def parent(self) -> FeaturePath:
        """The path without its last step.

        Raises:
            ConfigError: the path is empty.
        """
        if not self._steps:
            raise ConfigError("The empty path has no parent")
        return FeaturePath(self._steps[:-1])

    def child(self, child_step: str) -> FeaturePath:
        """The path with one more step."""
        return FeaturePath((*self._steps, child_step))

    def is_ancestor_of(self, other: FeaturePath) -> bool:
        """Whether ``other`` lies below this path."""
        return len(other) > len(self) and other._steps[: len(self)] == self._steps

    def __str__(self) -> str:
        return ".".join(_written(step) for step in self._steps)

    def __repr__(self) -> str:
        return f"FeaturePath({list(self._steps)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeaturePath) and self._steps == other._steps

    def __lt__(self, other: FeaturePath) -> bool:
        return self._steps < other._steps

    def __hash__(self) -> int:
        return hash(self._steps)

    def __len__(self) -> int:
        return len(self._steps)

    def __bool__(self) -> bool:
        return bool(self._steps)


_NEEDS_QUOTES = frozenset(".'()")


def _written(step: str) -> str:
    if step and not _NEEDS_QUOTES.intersection(step):
        return step
    return "('" + step.replace("'", "''") + "')"


def _split(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        if text.startswith("('", position):
            step, position = _quoted(text, position + 2)
        else:
            dot = text.find(".", position)
            end = len(text) if dot < 0 else dot
            step, position = text[position:end], end
        yield step
        position += 1  # the dot between two steps


def _quoted(text: str, start: int) -> tuple[str, int]:
    """The step that opens before ``start``, and the position behind its closing bracket."""
    position = start
    while True:
        quote = text.find("'", position)
        if quote < 0:
            raise ConfigError("A quoted step of a feature path ends with ')", value=text)
        if text.startswith("''", quote):
            position = quote + 2
            continue
        if not text.startswith("')", quote):
            raise ConfigError("A quoted step of a feature path ends with ')", value=text)
        return text[start:quote].replace("''", "'"), quote + 2
