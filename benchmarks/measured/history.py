"""Gives a store as many runs as years of a pipeline leave: copies of its newest run, row by row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["repeat_last_run"]

_TIMES = "WITH RECURSIVE times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < :times)"


def repeat_last_run(path: Path, times: int) -> None:
    """Copies the newest run of a SQLite store: its context, executions, events and memberships, under new ids.

    The copies have the run's number and those that follow, as a pipeline that goes on would have counted.
    """
    with closing(sqlite3.connect(path)) as database, database:
        [run] = database.execute(
            "SELECT max(id) FROM Context WHERE type_id = (SELECT id FROM Type WHERE name = 'pipeline_run')"
        ).fetchone()
        first, last = database.execute(
            "SELECT min(execution_id), max(execution_id) FROM Association WHERE context_id = ?", (run,)
        ).fetchone()
        top_run, top = database.execute("SELECT max(c.id), (SELECT max(id) FROM Execution) FROM Context c").fetchone()
        [last_number] = database.execute(
            "SELECT int_value FROM ContextProperty WHERE name = 'gristmill_run_number' AND context_id = ?", (run,)
        ).fetchone()
        given = {"times": times, "run": run, "number": last_number, "to_run": top_run}
        given |= {"first": first, "last": last, "span": last - first + 1, "to": top - first + 1}

        def copy(table: str, where: str, **changes: str) -> None:
            columns = [
                row[1]
                for row in database.execute(f"PRAGMA table_info({table})")
                if row[1] not in changes or changes[row[1]]
            ]
            values = ", ".join(changes.get(column, column) for column in columns)
            database.execute(
                f"{_TIMES} INSERT INTO {table} ({', '.join(columns)})"
                f" SELECT {values} FROM {table}, times WHERE {where}",
                given,
            )

        new_run, new_execution = ":to_run + n", "execution_id + :to + (n - 1) * :span"
        of_run, of_executions = "context_id = :run", "execution_id BETWEEN :first AND :last"
        number = "CASE name WHEN 'gristmill_run_number' THEN int_value + n ELSE int_value END"
        copy("ContextProperty", of_run, context_id=new_run, int_value=number)
        external_id = "rtrim(external_id, '0123456789') || (:number + n)"
        copy("Context", "id = :run", id=new_run, name="name || '.' || n", external_id=external_id)
        run_id = "CASE name WHEN 'gristmill_run_id' THEN string_value || '.' || n ELSE string_value END"
        copy("ExecutionProperty", of_executions, execution_id=new_execution, int_value=number, string_value=run_id)
        copy(
            "Execution",
            "id BETWEEN :first AND :last",
            id=new_execution.replace("execution_id", "id"),
            name="name || '.' || n",
        )
        moved = "CASE context_id WHEN :run THEN :to_run + n ELSE context_id END"
        copy("Association", of_executions, id="", context_id=moved, execution_id=new_execution)
        copy("Attribution", of_run, id="", context_id=new_run)
        events = database.execute("SELECT max(id) FROM Event").fetchone()[0]
        given |= {"events": events, "event_span": events + 1}
        copy(
            "EventPath",
            f"event_id IN (SELECT id FROM Event WHERE {of_executions})",
            event_id="event_id + :events + n * :event_span",
        )
        copy("Event", of_executions, id="id + :events + n * :event_span", execution_id=new_execution)
