"""What can be measured: one scenario per figure of the documentation, with its bound, its goal and what TFX takes."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MILLION", "SCENARIOS", "TAXI_ROWS", "Aim", "Scenario"]

TAXI_ROWS = 15_002  # of the City of Chicago's CSV that TFX ships with its example
MILLION = 1_000_000


@dataclass(frozen=True)
class Aim:
    """Seconds that a release must keep, seconds that we aim for, and what TFX 1.16 takes."""

    bound: float | None = None
    goal: float | None = None
    tfx: str = ""


@dataclass(frozen=True)
class Scenario:
    """One thing to measure.

    Attributes:
        title: how the documentation names it.
        timed: the command. A script of ``measured/`` times itself when its libraries are loaded; ``{python}`` and
            ``{cli}`` are whole processes, start-up included.
        needs: the scenario whose outputs it starts from.
        rows: its size, where that is fixed; else it is measured at each size that is asked for.
        csv: whether it, or what it needs, reads CSV files.
        warm_up: whether to run it once before, unmeasured: for bytecode; and the second run of a pipeline is not all
            reused, as its Evaluator finds a baseline.
        counted: whether its seconds depend on the rows, so that rows per second say something.
        aims: by number of rows.
    """

    title: str
    timed: str
    needs: str | None = None
    rows: int | None = None
    csv: bool = True
    warm_up: bool = False
    counted: bool = True
    aims: dict[int, Aim] = field(default_factory=dict)

    @property
    def in_process(self) -> bool:
        """Whether it times itself."""
        return not self.timed.startswith("{")


SCENARIOS = {
    "import": Scenario(
        "`import gristmill`, whole process",
        "{python} -c 'import gristmill'",
        rows=0,
        csv=False,
        warm_up=True,
        counted=False,
        aims={0: Aim(0.5, 0.3, "15 to 20 s")},
    ),
    "help": Scenario(
        "`gristmill --help`, whole process", "{cli} --help", rows=0, csv=False, warm_up=True, counted=False
    ),
    "example_gen": Scenario(
        "ExampleGen (CSV)",
        "steps.py example_gen",
        aims={TAXI_ROWS: Aim(tfx="6.4 s"), MILLION: Aim(4, 1.7, "276 s")},
    ),
    "statistics_gen": Scenario(
        "StatisticsGen",
        "steps.py statistics_gen",
        needs="example_gen",
        aims={TAXI_ROWS: Aim(tfx="6.3 s"), MILLION: Aim(2.5, 1.0, "59 s")},
    ),
    "schema_gen": Scenario(
        "SchemaGen and ExampleValidator",
        "steps.py schema_gen",
        needs="statistics_gen",
        counted=False,
        aims={TAXI_ROWS: Aim(tfx="0.12 s"), MILLION: Aim(0.1, 0.05, "0.18 s")},
    ),
    "transform": Scenario(
        "Transform, with its statistics",
        "steps.py transform",
        needs="schema_gen",
        aims={TAXI_ROWS: Aim(tfx="38 s"), MILLION: Aim(8, 2.5, "196 s")},
    ),
    "trainer": Scenario(
        "Trainer, 1,000 steps of 40, 100 evaluation steps",
        "steps.py trainer",
        needs="transform",
        rows=TAXI_ROWS,
        counted=False,
        aims={TAXI_ROWS: Aim(25, None, "54 s")},
    ),
    "evaluator": Scenario(
        "Evaluator, 25 slices",
        "steps.py evaluator",
        needs="trainer",
        aims={TAXI_ROWS: Aim(4, 2.5, "29 s")},
    ),
    "evaluator_small": Scenario(
        "Evaluator, 25 slices",
        "steps.py evaluator",
        needs="trainer",
        rows=5_000,
        aims={5_000: Aim(4)},
    ),
    "bulk_inferrer": Scenario("BulkInferrer, to prediction logs", "steps.py bulk_inferrer", needs="trainer"),
    "wide_transform": Scenario(
        "Transform of 500 scaled numbers and 100 vocabularies: trace, analyze, save",
        "wide_transform.py",
        rows=100_000,
        csv=False,
        aims={100_000: Aim(60)},
    ),
    "pipeline": Scenario(
        "the taxi pipeline, cold process to pushed model",
        "{cli} run pipeline.py",
        rows=TAXI_ROWS,
        counted=False,
        aims={TAXI_ROWS: Aim(40, 30, "154 s")},
    ),
    "cached_rerun": Scenario(
        "the same again, everything reused",
        "{cli} run pipeline.py",
        needs="pipeline",
        rows=TAXI_ROWS,
        warm_up=True,
        counted=False,
        aims={TAXI_ROWS: Aim(2)},
    ),
}
