"""How far a training has come, counted by the batches that it draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.engine.contract import Progress, ProgressCallback

__all__ = ["TrainingProgress"]

REPORTS = 200  # over a whole training: enough for a bar that moves


@dataclass(frozen=True)
class TrainingProgress:
    """Reports the steps of a training whose number is known.

    Attributes:
        train_files: the file patterns that are trained on.
        steps: the number of training steps.
        report: takes the reports.
    """

    train_files: Sequence[str]
    steps: int
    report: ProgressCallback

    def is_about(self, file_pattern: str | Sequence[str]) -> bool:
        """Whether these are the files that are trained on."""
        return [file_pattern] == list(self.train_files) or list(file_pattern) == list(self.train_files)

    def following(self, dataset: Any) -> Any:
        """The same ``tf.data.Dataset``, reporting as its batches are drawn."""
        from gristmill.io.tensors.drawn_batches import reporting_batches

        def report(batches: int) -> None:
            self.report(Progress("training", min(batches, self.steps), self.steps, "steps"))

        return reporting_batches(dataset, report, max(1, self.steps // REPORTS))
