"""One line that tells how far a node has come, while it runs; and in the end, what it did."""

from __future__ import annotations

import contextvars
import html
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from gristmill.engine.contract import Progress
from gristmill.orchestration.interactive.front_end import is_notebook
from gristmill.orchestration.nodes.resolver_life import LOOKED_ANEW
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.reuse.policy import NO_REUSE
from gristmill.orchestration.reuse.search import FIRST_RUN
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.time_in_words import duration

__all__ = ["LineObserver"]

_RENEWALS_PER_SECOND = 4  # enough to see that it lives; each one is a message to the notebook
_MARKS = {
    NodeState.COMPLETE: "✓",
    NodeState.CACHED: "≡",
    NodeState.SKIPPED: "○",
    NodeState.BLOCKED: "○",
    NodeState.FAILED: "✗",
    NodeState.CANCELED: "■",
}
_NOT_WORTH_A_WORD = (FIRST_RUN, NO_REUSE, LOOKED_ANEW, "")
_log = logging.getLogger(__name__)


class LineObserver(RunObserver):
    """Shows one node: in the cell of a notebook, elsewhere on standard error."""

    def __init__(self) -> None:
        self._line: _Line = _CellLine() if is_notebook() else _TerminalLine()
        self._since = time.monotonic()
        self._node_id = ""
        self._reason = ""
        self._progress: Progress | None = None
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None

    def recovered(self, closed: Sequence[str]) -> None:
        for sentence in closed:
            _log.warning("%s", sentence)

    def node_started(self, node_id: str) -> None:
        self._node_id = node_id
        self._line.show(self._running())
        # Outputs of a thread belong to the cell whose context it runs in.
        run = contextvars.copy_context().run
        self._renewing = threading.Thread(target=run, args=(self._renew,), name="gristmill progress", daemon=True)
        self._renewing.start()

    def node_decided(self, node_id: str, reason: str) -> None:
        self._reason = reason

    def node_progress(self, node_id: str, progress: Progress) -> None:
        self._progress = progress

    def node_finished(self, result: NodeResult) -> None:
        self.close()
        self._line.end(_told(result))

    def close(self) -> None:
        """Renew the line no more, however the run ended."""
        self._ended.set()
        if self._renewing is not None:
            self._renewing.join()
        self._line.close()

    def _renew(self) -> None:
        while not self._ended.wait(1 / _RENEWALS_PER_SECOND):
            self._line.show(self._running())

    def _running(self) -> str:
        parts = [f"● {self._node_id}", duration(time.monotonic() - self._since)]
        progress = self._progress
        if progress is not None:
            of_total = f"/{progress.total:,}" if progress.total else ""
            parts += [f"{progress.done:,}{of_total} {progress.unit}", progress.note or progress.stage]
        if self._reason not in _NOT_WORTH_A_WORD:
            parts.append(f"({self._reason})")
        return "  ".join(part for part in parts if part)


def _told(result: NodeResult) -> str:
    start = f"{_MARKS[result.state]} {result.node_id}  {duration(result.seconds)}  "
    if result.state is NodeState.COMPLETE:
        why = "" if result.reason in _NOT_WORTH_A_WORD else f"  (ran: {result.reason})"
        return start + " · ".join(result.summary) + why
    if result.state is NodeState.CACHED:
        return start + f"reused ({result.reason})"
    return start + f"{result.state.value}: {result.reason.partition(chr(10))[0]}"


class _Line(Protocol):
    def show(self, text: str) -> None:
        """Show this in place of what was shown before."""

    def close(self) -> None:
        """Leave what is shown as it is."""

    def end(self, text: str) -> None:
        """Show this for good."""


class _CellLine:
    """A line in the output of a notebook's cell."""

    def __init__(self) -> None:
        from IPython.display import DisplayHandle  # notebooks have loaded it long before

        self._handle: Any = DisplayHandle()
        self._is_shown = False

    def show(self, text: str) -> None:
        data = {
            "text/plain": text,
            "text/html": f'<pre style="margin:0 0 6px;white-space:pre-wrap">{html.escape(text)}</pre>',
        }
        show = self._handle.update if self._is_shown else self._handle.display
        self._is_shown = True
        show(data, raw=True)

    def close(self) -> None:
        pass

    def end(self, text: str) -> None:
        self.show(text)


class _TerminalLine:
    """A line on standard error: renewed on a terminal, written once elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True, force_jupyter=False, highlight=False, markup=False)
        self._text = ""
        self._live = Live(get_renderable=lambda: self._text, console=self._console, transient=True,
                          refresh_per_second=_RENEWALS_PER_SECOND)  # fmt: skip

    def show(self, text: str) -> None:
        self._text = text
        if self._console.is_terminal and not self._live.is_started:
            self._live.start()

    def close(self) -> None:
        self._live.stop()

    def end(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
