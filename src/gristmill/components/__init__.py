"""The standard components, by the names that TFX users know. Each is loaded when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.components.bulk_inferrer import BulkInferrer
    from gristmill.components.csv_example_gen import CsvExampleGen
    from gristmill.components.evaluator import Evaluator
    from gristmill.components.example_validator import ExampleValidator
    from gristmill.components.fn_args import DataAccessor, FnArgs
    from gristmill.components.import_example_gen import ImportExampleGen
    from gristmill.components.import_schema_gen import ImportSchemaGen
    from gristmill.components.model_validator import ModelValidator
    from gristmill.components.planned import (
        DistributionValidator,
        ExampleDiff,
        InfraValidator,
        Tuner,
        TunerFnResult,
    )
    from gristmill.components.pusher import Pusher
    from gristmill.components.schema_gen import SchemaGen
    from gristmill.components.statistics_gen import StatisticsGen
    from gristmill.components.trainer import Trainer
    from gristmill.components.transform import Transform
    from gristmill.dsl.importer import Importer
    from gristmill.dsl.resolver import Resolver

__all__ = [
    "BulkInferrer",
    "CsvExampleGen",
    "DataAccessor",
    "DistributionValidator",
    "Evaluator",
    "ExampleDiff",
    "ExampleValidator",
    "FnArgs",
    "ImportExampleGen",
    "ImportSchemaGen",
    "Importer",
    "InfraValidator",
    "ModelValidator",
    "Pusher",
    "Resolver",
    "SchemaGen",
    "StatisticsGen",
    "Trainer",
    "Transform",
    "Tuner",
    "TunerFnResult",
]

_HOMES = {
    "components.bulk_inferrer": ("BulkInferrer",),
    "components.csv_example_gen": ("CsvExampleGen",),
    "components.evaluator": ("Evaluator",),
    "components.example_validator": ("ExampleValidator",),
    "components.fn_args": ("DataAccessor", "FnArgs"),
    "components.import_example_gen": ("ImportExampleGen",),
    "components.import_schema_gen": ("ImportSchemaGen",),
    "components.model_validator": ("ModelValidator",),
    "components.planned": (
        "DistributionValidator",
        "ExampleDiff",
        "InfraValidator",
        "Tuner",
        "TunerFnResult",
    ),
    "components.pusher": ("Pusher",),
    "components.schema_gen": ("SchemaGen",),
    "components.statistics_gen": ("StatisticsGen",),
    "components.trainer": ("Trainer",),
    "components.transform": ("Transform",),
    "dsl.importer": ("Importer",),
    "dsl.resolver": ("Resolver",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"gristmill.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
