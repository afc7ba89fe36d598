"""Cond: nodes that run only when a predicate over artifacts holds.

    with Cond(evaluator.outputs["blessing"].future()[0].custom_property("blessed") == 1):
        pusher = Pusher(...)

Nested conditions must all hold. A node whose condition does not hold is skipped: it has no execution, and what depends
on it finds no input.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType

from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.expression import structure, sub_expressions
from gristmill.dsl.placeholder.predicate import Predicate
from gristmill.errors import ConfigError

__all__ = ["Cond", "active_conditions"]

_active: ContextVar[tuple[Predicate, ...]] = ContextVar("gristmill_conditions", default=())


def active_conditions() -> tuple[Predicate, ...]:
    """The predicates of the ``with Cond`` blocks that surround the caller, outermost first."""
    return _active.get()


class Cond:
    """Context manager: nodes made inside get the predicate as a condition.

    Args:
        predicate: a comparison of placeholders that come from ``channel.future()``.

    Raises:
        ConfigError: the argument is no such predicate, or an enclosing block has the same one.
    """

    def __init__(self, predicate: Predicate) -> None:
        if not isinstance(predicate, Predicate):
            raise ConfigError(
                "Cond takes a predicate", value=predicate, hint="compare a placeholder: channel.future()[0].value == 1"
            )
        for part in sub_expressions(predicate):
            if isinstance(part, ArtifactListPlaceholder) and part.channel is None:
                raise ConfigError(
                    "a condition knows no inputs and outputs of a node",
                    value=part.key,
                    hint="refer to the channel: node.outputs['key'].future()[0]",
                )
        self.predicate = predicate
        self._token: Token[tuple[Predicate, ...]] | None = None

    def __enter__(self) -> Cond:
        around = active_conditions()
        if any(structure(outer) == structure(self.predicate) for outer in around):
            raise ConfigError("the same condition surrounds this one already", hint="remove the inner Cond")
        self._token = _active.set((*around, self.predicate))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._token is not None, "__exit__ follows __enter__"
        _active.reset(self._token)
