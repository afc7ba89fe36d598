"""Statistics: train against eval, laid over each other, and each split by itself."""

from __future__ import annotations

from typing import TypeAlias

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import whole_file
from gristmill.artifact_views.split_views import loaded_splits, split_title
from gristmill.data_validation import load_statistics
from gristmill.data_validation.display import statistics_view
from gristmill.display import View
from gristmill.display.elements import tabs
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import ExampleStatistics

__all__ = ["example_statistics_view"]

_FILE = "FeatureStats.pb"
_FIRST = ("train", "eval")  # these are compared where they are there, in this order
_Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList


@registers(ExampleStatistics)
def example_statistics_view(artifact: Artifact) -> View:
    """The statistics of all splits: two of them together first, then each by itself."""

    def load(folder: str) -> _Statistics:
        return load_statistics(whole_file(artifact, folder, _FILE))

    loaded, refused = loaded_splits(artifact, load)
    shown: dict[str, Markup] = {}
    names = sorted(loaded, key=_rank)
    if len(names) > 1:
        left, right = names[:2]
        together = statistics_view(loaded[left], loaded[right], lhs_name=left, rhs_name=right)
        shown[f"{left} against {right}"] = together.body
    for name in names:
        shown[split_title(name)] = statistics_view(loaded[name], lhs_name=name or "all examples").body
    notices = Markup("").join(view.body for view in refused.values())
    return View(artifact.type_name, notices + _in_tabs(shown))


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _in_tabs(shown: dict[str, Markup]) -> Markup:
    return tabs(shown) if len(shown) > 1 else Markup("").join(shown.values())
