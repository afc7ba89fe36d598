from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class VocabularyMetadata(_message.Message):
    __slots__ = ("file_name", "unfiltered_vocabulary_size", "filtered_vocabulary_size")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    UNFILTERED_VOCABULARY_SIZE_FIELD_NUMBER: _ClassVar[int]
    FILTERED_VOCABULARY_SIZE_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    unfiltered_vocabulary_size: int
    filtered_vocabulary_size: int
    def __init__(self, file_name: _Optional[str] = ..., unfiltered_vocabulary_size: _Optional[int] = ..., filtered_vocabulary_size: _Optional[int] = ...) -> None: ...

class BucketBoundaries(_message.Message):
    __slots__ = ("boundaries",)
    BOUNDARIES_FIELD_NUMBER: _ClassVar[int]
    boundaries: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, boundaries: _Optional[_Iterable[float]] = ...) -> None: ...
