from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SavedModelSpec(_message.Message):
    __slots__ = ("model_path", "signature_name", "tag")
    MODEL_PATH_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_NAME_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    model_path: str
    signature_name: _containers.RepeatedScalarFieldContainer[str]
    tag: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model_path: _Optional[str] = ..., signature_name: _Optional[_Iterable[str]] = ..., tag: _Optional[_Iterable[str]] = ...) -> None: ...

class AIPlatformPredictionModelSpec(_message.Message):
    __slots__ = ("project_id", "model_name", "version_name", "use_serialization_config")
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_NAME_FIELD_NUMBER: _ClassVar[int]
    USE_SERIALIZATION_CONFIG_FIELD_NUMBER: _ClassVar[int]
    project_id: str
    model_name: str
    version_name: str
    use_serialization_config: bool
    def __init__(self, project_id: _Optional[str] = ..., model_name: _Optional[str] = ..., version_name: _Optional[str] = ..., use_serialization_config: bool = ...) -> None: ...

class BatchParameters(_message.Message):
    __slots__ = ("min_batch_size", "max_batch_size", "target_batch_overhead", "target_batch_duration_secs", "variance")
    MIN_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    TARGET_BATCH_OVERHEAD_FIELD_NUMBER: _ClassVar[int]
    TARGET_BATCH_DURATION_SECS_FIELD_NUMBER: _ClassVar[int]
    VARIANCE_FIELD_NUMBER: _ClassVar[int]
    min_batch_size: int
    max_batch_size: int
    target_batch_overhead: float
    target_batch_duration_secs: float
    variance: float
    def __init__(self, min_batch_size: _Optional[int] = ..., max_batch_size: _Optional[int] = ..., target_batch_overhead: _Optional[float] = ..., target_batch_duration_secs: _Optional[float] = ..., variance: _Optional[float] = ...) -> None: ...

class InferenceSpecType(_message.Message):
    __slots__ = ("saved_model_spec", "ai_platform_prediction_model_spec", "batch_parameters")
    SAVED_MODEL_SPEC_FIELD_NUMBER: _ClassVar[int]
    AI_PLATFORM_PREDICTION_MODEL_SPEC_FIELD_NUMBER: _ClassVar[int]
    BATCH_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    saved_model_spec: SavedModelSpec
    ai_platform_prediction_model_spec: AIPlatformPredictionModelSpec
    batch_parameters: BatchParameters
    def __init__(self, saved_model_spec: _Optional[_Union[SavedModelSpec, _Mapping]] = ..., ai_platform_prediction_model_spec: _Optional[_Union[AIPlatformPredictionModelSpec, _Mapping]] = ..., batch_parameters: _Optional[_Union[BatchParameters, _Mapping]] = ...) -> None: ...
