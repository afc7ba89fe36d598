"""Whole runs as one self-contained page: what was decided, what came of it, and what every step wrote.

from gristmill.metadata import MetadataStore
from gristmill.report import run_report

run_report(MetadataStore("metadata.sqlite"), "latest").save("report.html")
"""

from __future__ import annotations

from gristmill.report.run_comparison import compare_runs
from gristmill.report.run_report import run_report

__all__ = ["compare_runs", "run_report"]
