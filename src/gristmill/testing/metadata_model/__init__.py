"""The metadata store's contract as a model in plain Python, with which hypothesis compares a back end.

    def test_my_backend_does_what_the_model_does():
        check_against_model(lambda: MetadataStore(...))  # empty, each time

Needs hypothesis.
"""

from __future__ import annotations

from gristmill.testing.metadata_model.machine import check_against_model

__all__ = ["check_against_model"]
