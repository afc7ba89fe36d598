"""Messages that configure components, by the names that TFX users know. Each is loaded when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.proto import orchestration
    from gristmill.proto.bulk_inferrer_pb2 import (
        ClassifyOutput,
        DataSpec,
        ModelSpec,
        OutputColumnsSpec,
        OutputExampleSpec,
        PredictOutput,
        PredictOutputCol,
        RegressOutput,
    )
    from gristmill.proto.distribution_validator_pb2 import (
        DistributionValidatorConfig,
        FeatureComparator,
    )
    from gristmill.proto.evaluator_pb2 import (
        FeatureSlicingSpec,
        SingleSlicingSpec,
    )
    from gristmill.proto.example_diff_pb2 import (
        ExampleDiffConfig,
        PairedExampleSkew,
    )
    from gristmill.proto.example_gen_pb2 import (
        CustomConfig,
        Input,
        Output,
        PayloadFormat,
        SplitConfig,
    )
    from gristmill.proto.infra_validator_pb2 import (
        EnvVar,
        EnvVarSource,
        KubernetesConfig,
        LocalDockerConfig,
        PodOverrides,
        RequestSpec,
        SecretKeySelector,
        ServingSpec,
        TensorFlowServing,
        TensorFlowServingRequestSpec,
        ValidationSpec,
    )
    from gristmill.proto.pusher_pb2 import (
        PushDestination,
        Versioning,
    )
    from gristmill.proto.range_config_pb2 import (
        RangeConfig,
        RollingRange,
        StaticRange,
    )
    from gristmill.proto.trainer_pb2 import (
        EvalArgs,
        TrainArgs,
    )
    from gristmill.proto.transform_pb2 import (
        SplitsConfig,
    )
    from gristmill.proto.tuner_pb2 import (
        TuneArgs,
    )

__all__ = [
    "ClassifyOutput",
    "CustomConfig",
    "DataSpec",
    "DistributionValidatorConfig",
    "EnvVar",
    "EnvVarSource",
    "EvalArgs",
    "ExampleDiffConfig",
    "FeatureComparator",
    "FeatureSlicingSpec",
    "Input",
    "KubernetesConfig",
    "LocalDockerConfig",
    "ModelSpec",
    "Output",
    "OutputColumnsSpec",
    "OutputExampleSpec",
    "PairedExampleSkew",
    "PayloadFormat",
    "PodOverrides",
    "PredictOutput",
    "PredictOutputCol",
    "PushDestination",
    "RangeConfig",
    "RegressOutput",
    "RequestSpec",
    "RollingRange",
    "SecretKeySelector",
    "ServingSpec",
    "SingleSlicingSpec",
    "SplitConfig",
    "SplitsConfig",
    "StaticRange",
    "TensorFlowServing",
    "TensorFlowServingRequestSpec",
    "TrainArgs",
    "TuneArgs",
    "ValidationSpec",
    "Versioning",
    "orchestration",
]

_HOMES = {
    "bulk_inferrer_pb2": (
        "ClassifyOutput",
        "DataSpec",
        "ModelSpec",
        "OutputColumnsSpec",
        "OutputExampleSpec",
        "PredictOutput",
        "PredictOutputCol",
        "RegressOutput",
    ),
    "distribution_validator_pb2": (
        "DistributionValidatorConfig",
        "FeatureComparator",
    ),
    "evaluator_pb2": (
        "FeatureSlicingSpec",
        "SingleSlicingSpec",
    ),
    "example_diff_pb2": (
        "ExampleDiffConfig",
        "PairedExampleSkew",
    ),
    "example_gen_pb2": (
        "CustomConfig",
        "Input",
        "Output",
        "PayloadFormat",
        "SplitConfig",
    ),
    "infra_validator_pb2": (
        "EnvVar",
        "EnvVarSource",
        "KubernetesConfig",
        "LocalDockerConfig",
        "PodOverrides",
        "RequestSpec",
        "SecretKeySelector",
        "ServingSpec",
        "TensorFlowServing",
        "TensorFlowServingRequestSpec",
        "ValidationSpec",
    ),
    "pusher_pb2": (
        "PushDestination",
        "Versioning",
    ),
    "range_config_pb2": (
        "RangeConfig",
        "RollingRange",
        "StaticRange",
    ),
    "trainer_pb2": (
        "EvalArgs",
        "TrainArgs",
    ),
    "transform_pb2": ("SplitsConfig",),
    "tuner_pb2": ("TuneArgs",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "orchestration":
        return importlib.import_module("gristmill.proto.orchestration")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
