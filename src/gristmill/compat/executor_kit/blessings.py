"""The functions of ``tfx.components.util.model_utils``: what a blessing says."""

from __future__ import annotations

from gristmill.components.model_gate import BLESSED_KEY
from gristmill.dsl.artifact import Artifact

__all__ = ["is_model_blessed"]


def is_model_blessed(model_blessing: Artifact) -> bool:
    """Whether a ModelBlessing is one."""
    return model_blessing.get_int_custom_property(BLESSED_KEY) == 1
