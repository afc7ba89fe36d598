"""What a SQLite file holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def file_content(path: Path) -> list[str]:
    """All tables with their rows and counters of ids, then all indexes, as statements; the file must be sound."""
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    statements = list(database.iterdump())
    database.close()
    indexes = {statement for statement in statements if statement.startswith("CREATE INDEX")}
    return [statement for statement in statements if statement not in indexes] + sorted(indexes)
