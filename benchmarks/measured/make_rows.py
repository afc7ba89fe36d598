"""``make_rows.py FILE ROWS`` writes a CSV of taxi trips: those of the template's generator, repeated."""

from __future__ import annotations

import sys
from pathlib import Path

from gristmill.templates.taxi.make_data import write_trips

TRIPS = 15_002  # rows that are really made, as many as the original has; more rows are repetitions of these


def main() -> None:
    path, rows = Path(sys.argv[1]), int(sys.argv[2])
    write_trips(path, min(rows, TRIPS))
    body = path.read_bytes().partition(b"\n")[2]
    with path.open("ab") as file:
        for _ in range(rows // TRIPS - 1):
            file.write(body)
        if rows > TRIPS:
            file.write(b"".join(body.splitlines(keepends=True)[: rows % TRIPS]))


if __name__ == "__main__":
    main()
