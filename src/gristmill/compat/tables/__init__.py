"""One table per package of the family: which of our modules its modules' names are taken from."""

from __future__ import annotations

from gristmill.compat.tables import (
    ml_metadata,
    tensorflow_data_validation,
    tensorflow_model_analysis,
    tensorflow_transform,
    tfx,
    tfx_bsl,
)

__all__ = ["TABLES"]

TABLES = {
    "ml_metadata": ml_metadata.TABLE,
    "tensorflow_data_validation": tensorflow_data_validation.TABLE,
    "tensorflow_model_analysis": tensorflow_model_analysis.TABLE,
    "tensorflow_transform": tensorflow_transform.TABLE,
    "tfx": tfx.TABLE,
    "tfx_bsl": tfx_bsl.TABLE,
}
