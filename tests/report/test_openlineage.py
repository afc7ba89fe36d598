"""Runs as OpenLineage events. Their own package judges them where it is installed:

python -m venv /tmp/openlineage && /tmp/openlineage/bin/pip install openlineage-python
GRISTMILL_OPENLINEAGE_PYTHON=/tmp/openlineage/bin/python pytest tests/report/test_openlineage.py
"""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from gristmill.report.openlineage import openlineage_events

from .conftest import Readings

SCRIPT = Path(__file__).with_name("openlineage_peer.py")


def events(readings: Readings, run: str = "latest") -> list[dict[str, Any]]:
    return list(openlineage_events(readings.store, run))


def of_job(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in found if event["job"]["name"] == name]


def test_the_run_and_each_step_have_a_start_and_an_end_in_the_order_of_time(readings: Readings) -> None:
    readings.run()
    found = events(readings)
    assert [event["eventTime"] for event in found] == sorted(event["eventTime"] for event in found)
    for job in ("readings", "readings.Reader", "readings.train", "readings.judge"):
        assert [event["eventType"] for event in of_job(found, job)] == ["START", "COMPLETE"]
    assert len(found) == 8
    assert [event["job"]["name"] for event in (found[0], found[-1])] == ["readings", "readings"]


def test_steps_name_the_run_of_the_pipeline_as_their_parent(readings: Readings) -> None:
    readings.run()
    found = events(readings)
    [run_id] = {event["run"]["runId"] for event in of_job(found, "readings")}
    for event in found:
        uuid.UUID(event["run"]["runId"])
        if event["job"]["name"] != "readings":
            assert event["run"]["facets"]["parent"]["run"]["runId"] == run_id


def test_what_a_step_reads_is_what_another_one_wrote_or_a_file_from_outside(readings: Readings) -> None:
    readings.run()
    found = events(readings)
    [reader, trainer] = [of_job(found, f"readings.{step}")[-1] for step in ("Reader", "train")]
    [file], [examples] = reader["inputs"], reader["outputs"]
    assert (file["namespace"], file["name"]) == ("file", str(readings.data))
    assert file["facets"]["datasetType"]["datasetType"] == "FILE"
    assert trainer["inputs"] == [examples]
    assert examples["facets"]["datasetType"]["subType"] == "Examples"
    assert len(examples["facets"]["version"]["datasetVersion"]) == 64


def test_a_failure_is_told_with_its_message(readings: Readings) -> None:
    readings.run_failing()
    found = events(readings)
    failed = of_job(found, "readings.train")[-1]
    assert failed["eventType"] == "FAIL"
    assert "-1 steps cannot be taken" in failed["run"]["facets"]["errorMessage"]["message"]
    assert of_job(found, "readings")[-1]["eventType"] == "FAIL"
    assert of_job(found, "readings.judge") == []


def test_the_same_run_gives_the_same_events_whenever_it_is_asked_for(readings: Readings) -> None:
    readings.run()
    assert events(readings) == events(readings)


@pytest.mark.peer
def test_openlineages_own_classes_take_every_event(readings: Readings) -> None:
    python = os.environ.get("GRISTMILL_OPENLINEAGE_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_OPENLINEAGE_PYTHON to a Python that has openlineage-python")
    readings.run()
    readings.run_failing()
    found = [*events(readings, "1"), *events(readings, "2")]
    lines = "".join(json.dumps(event) + "\n" for event in found)
    done = subprocess.run([python, str(SCRIPT)], input=lines, check=True, capture_output=True, text=True)
    assert [without_empty(json.loads(line)) for line in done.stdout.splitlines()] == without_empty(found)


def without_empty(tree: Any) -> Any:
    """The tree without empty lists and objects, which their classes add."""
    if isinstance(tree, list):
        return [without_empty(child) for child in tree]
    if isinstance(tree, dict):
        return {key: without_empty(child) for key, child in tree.items() if child not in ([], {})}
    return tree
