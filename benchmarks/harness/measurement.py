"""What was measured: the runs of one scenario at one size, on one revision."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from harness.scenarios import SCENARIOS, Aim, Scenario

__all__ = ["Measurement", "Run", "ratios"]


@dataclass(frozen=True)
class Run:
    """One run: wall-clock seconds, seconds of all threads on a core, and the peak memory of the process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    input_bytes: int = 0


@dataclass
class Measurement:
    """All runs of a scenario at one size.

    Attributes:
        label: of the revision.
        name: of the scenario.
    """

    label: str
    name: str
    rows: int
    runs: list[Run] = field(default_factory=list)

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.name]

    @property
    def aim(self) -> Aim:
        return self.scenario.aims.get(self.rows, Aim())

    @property
    def seconds(self) -> float:
        """The median."""
        return median(run.seconds for run in self.runs)

    @property
    def fastest(self) -> float:
        return min(run.seconds for run in self.runs)

    @property
    def slowest(self) -> float:
        return max(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """The median."""
        return median(run.cpu_seconds for run in self.runs)

    @property
    def peak_mb(self) -> float:
        """The highest of all runs."""
        return max(run.peak_mb for run in self.runs)

    @property
    def rows_per_second(self) -> float | None:
        return self.rows / self.seconds if self.scenario.counted else None

    @property
    def mb_per_second(self) -> float | None:
        """Of the bytes of the files that are read."""
        return self.runs[0].input_bytes / 1e6 / self.seconds if self.scenario.counted else None

    def as_json(self) -> dict[str, Any]:
        return {
            "revision": self.label,
            "scenario": self.name,
            "rows": self.rows,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_mb": self.peak_mb,
            "rows_per_second": self.rows_per_second,
            "mb_per_second": self.mb_per_second,
            "bound_seconds": self.aim.bound,
            "goal_seconds": self.aim.goal,
            "runs": [asdict(run) for run in self.runs],
        }


def ratios(these: Measurement, those: Measurement, figure: str) -> list[float]:
    """Of a figure of each run to that of the run beside it: a machine's drift meets both of a pair."""
    pairs = zip(these.runs, those.runs, strict=True)
    return [getattr(this, figure) / getattr(that, figure) for this, that in pairs]
