"""Crashes on demand: something happens to the process when a node reaches a named point of its life.

``kill@Trainer:staged`` ends the process as SIGKILL does when Trainer's staging folders exist and its executor is about
to run. So a team can try out whether what surrounds its pipeline (a scheduler, a container's restart policy, a
serving folder) survives a crash at each instant, and gristmill's own tests do.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, GristmillError
from gristmill.orchestration.stops.checkpoint import Point, listen
from gristmill.orchestration.stops.stop_signals import send_to_main_thread

__all__ = ["Action", "Chaos", "ChaosError", "Strike"]

Name = TypeVar("Name", bound=Enum)


class Action(Enum):
    """What happens."""

    KILL = "kill"  # SIGKILL: the process is gone at once
    TERM = "term"  # SIGTERM: the run stops cleanly
    INT = "int"  # SIGINT, which is Ctrl-C: the run stops cleanly
    PAUSE = "pause"  # SIGSTOP: the process is suspended until it gets SIGCONT
    FAIL = "fail"  # an exception is raised


class ChaosError(GristmillError):
    """A failure that was asked for."""


@dataclass(frozen=True)
class Strike:
    """One thing that is to happen, once.

    Attributes:
        action: what.
        node_id: to which node,
        point: and when.
    """

    action: Action
    node_id: str
    point: Point

    @classmethod
    def parse(cls, text: str) -> Strike:
        """``ACTION@NODE:POINT`` as a strike.

        Raises:
            ConfigError: the text has another form, or there is no such action or point.
        """
        action, at, rest = text.partition("@")
        node_id, colon, point = rest.rpartition(":")
        if not (at and colon and node_id):
            raise ConfigError(
                "what is to happen is given as ACTION@NODE:POINT", value=text, hint="for example kill@Trainer:staged."
            )
        return cls(_named(Action, action, "actions", text), node_id, _named(Point, point, "points", text))

    def __str__(self) -> str:
        return f"{self.action.value}@{self.node_id}:{self.point.value}"

    def happen(self) -> None:
        """Do it to this process.

        Raises:
            ChaosError: the action is ``fail``.
        """
        if self.action is Action.FAIL:
            raise ChaosError(f"{self} was asked for")
        if self.action in (Action.TERM, Action.INT):
            send_to_main_thread(signal.SIGTERM if self.action is Action.TERM else signal.SIGINT)
        else:
            os.kill(os.getpid(), signal.SIGKILL if self.action is Action.KILL else signal.SIGSTOP)


class Chaos:
    """Strikes that wait for their points. Each happens once, the first time that its point is reached."""

    def __init__(self, strikes: Iterable[Strike] = ()) -> None:
        self._waiting = list(strikes)
        self._lock = threading.Lock()

    @property
    def waiting(self) -> Sequence[Strike]:
        """The strikes whose points were not reached so far."""
        with self._lock:
            return tuple(self._waiting)

    def check(self, pipeline_name: str, points: Mapping[str, Iterable[Point]]) -> None:
        """Refuse strikes that cannot happen in a pipeline.

        Args:
            points: for each node, the points that nodes of its kind pass.

        Raises:
            ConfigError: the pipeline has no such node, or the node passes no such point.
        """
        for strike in self.waiting:
            if strike.node_id not in points:
                raise ConfigError(
                    f"the pipeline {pipeline_name!r} has no node {strike.node_id!r}",
                    value=str(strike),
                    hint=did_you_mean(strike.node_id, points, "its nodes"),
                )
            passed = [point.value for point in points[strike.node_id]]
            if strike.point.value not in passed:
                raise ConfigError(
                    f"{strike.node_id} is not of the kind that passes the point {strike.point.value!r}",
                    value=str(strike),
                    hint=f"it passes {', '.join(passed)}.",
                )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs, the strikes happen."""
        listen(self._reached)
        try:
            yield
        finally:
            listen(None)

    def _reached(self, node_id: str, point: Point) -> None:
        with self._lock:
            due = next((each for each in self._waiting if (each.node_id, each.point) == (node_id, point)), None)
            if due is None:
                return
            self._waiting.remove(due)
        due.happen()


def _named(kind: type[Name], name: str, what: str, text: str) -> Name:
    known = {member.value: member for member in kind}
    if name not in known:
        raise ConfigError(f"{name!r} is none of the {what}", value=text, hint=did_you_mean(name, known, what))
    return known[name]
