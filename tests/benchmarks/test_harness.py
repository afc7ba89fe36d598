"""The harness of the benchmarks: what it makes of figures and of samples."""

import json

from harness import profiling, tables
from harness.measurement import Measurement, Run, ratios
from harness.scenarios import MILLION, SCENARIOS


def measured(name: str, rows: int, *seconds: float, label: str = "here", peak_mb: float = 100.0) -> Measurement:
    runs = [Run(each, 2 * each, peak_mb + index, 8_000_000) for index, each in enumerate(seconds)]
    return Measurement(label, name, rows, runs)


def test_a_measurement_tells_the_median_the_extremes_and_the_highest_peak() -> None:
    found = measured("example_gen", MILLION, 4.0, 1.0, 2.0)
    assert (found.seconds, found.fastest, found.slowest, found.cpu_seconds) == (2.0, 1.0, 4.0, 4.0)
    assert found.peak_mb == 102.0
    assert (found.rows_per_second, found.mb_per_second) == (500_000, 4.0)


def test_what_does_not_depend_on_the_rows_has_no_rate() -> None:
    assert measured("cached_rerun", 15_002, 1.0).as_json()["rows_per_second"] is None


def test_ratios_are_of_the_runs_that_lay_side_by_side() -> None:
    these, those = measured("transform", MILLION, 2.0, 8.0), measured("transform", MILLION, 4.0, 2.0, label="main")
    assert ratios(these, those, "seconds") == [0.5, 4.0]
    assert "seconds ×2.25 (0.50 to 4.00)" in tables.comparison(these, those)


def test_growth_is_told_of_scenarios_that_were_measured_at_several_sizes() -> None:
    sizes = [measured("example_gen", rows, rows / MILLION, peak_mb=400) for rows in (5 * MILLION, MILLION)]
    [told] = tables.growth([*sizes, measured("import", 0, 0.1)])
    assert "1,000,000 to 5,000,000 rows: peak 400 to 400 MB (×1.00), seconds ×5.00, rows ×5.00" in told


def test_the_markdown_table_has_the_aims_of_the_size() -> None:
    header, _, row = tables.markdown([measured("example_gen", MILLION, 1.5)]).splitlines()
    assert row.startswith("| ExampleGen (CSV) | 1,000,000 | 276 s | 4 s | 1.7 s | **1.50** (1.50 to 1.50) |")
    assert header.count("|") == row.count("|")


def test_json_has_every_run() -> None:
    [found] = json.loads(tables.as_json([measured("statistics_gen", MILLION, 1.0, 3.0)]))
    assert [run["seconds"] for run in found["runs"]] == [1.0, 3.0]
    assert (found["seconds"], found["goal_seconds"]) == (2.0, 1.0)


IMPORTING = "_find_and_load (<frozen importlib._bootstrap>)"
STACKS = [
    f"process 7;<module> (steps.py);{IMPORTING};<module> (numpy/__init__.py) 50",
    "process 7;<module> (steps.py);main (steps.py);timed (timing.py);read (gristmill/io/a.py);inflate (gzip.py) 6",
    f"process 7;Thread.run (threading.py);read (gristmill/io/a.py);{IMPORTING} 3",
    "process 7;Thread.run (threading.py);encode (gristmill/io/b.py) 1",
]


def test_a_profile_of_a_step_leaves_out_what_is_loaded_before_the_clock_starts() -> None:
    told = profiling.lists(STACKS, step=True)
    assert "numpy" not in told
    assert "60.0%  inflate (gzip.py)" in told
    assert "90.0%  read (gristmill/io/a.py)" in told


def test_a_profile_of_a_whole_process_names_the_packages_that_it_imports() -> None:
    assert "83.3%  importing numpy" in profiling.lists(STACKS, step=False)


def test_each_scenario_follows_the_one_whose_outputs_it_starts_from() -> None:
    names = list(SCENARIOS)
    for name, scenario in SCENARIOS.items():
        assert scenario.needs in (None, *names[: names.index(name)])
