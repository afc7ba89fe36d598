"""What an artifact looks like: one view for each type of artifact, for notebooks, reports and web pages.

    from gristmill.artifact_views import artifact_view

    artifact_view(artifact)                   # in a notebook cell
    artifact_view(artifact).save("view.html")

A type of your own shows its properties and files, until you say how it is to be shown::

    @register_view(Report)
    def report_view(report: Report) -> View: ...
"""

from __future__ import annotations

from gristmill.artifact_views.registry import artifact_view, register_view

__all__ = ["artifact_view", "register_view"]
