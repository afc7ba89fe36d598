"""What is known of a transformed feature beyond its dtype: integer range, bucket boundaries, its vocabulary.

Mappers note it down while tracing; the output schema carries it as ``int_domain`` and as annotation messages of the
published types ``tensorflow.transform.annotations.*``. Those messages are built in a descriptor pool of our own: the
default pool belongs to the family's packages, which may be loaded in the same process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

__all__ = [
    "IntRange",
    "OutputAnnotations",
    "VocabularyFacts",
    "bucket_boundaries_any",
    "read_vocabulary_facts",
    "vocabulary_any",
]

_PACKAGE = "tensorflow.transform.annotations"
_TYPE_URL = f"type.googleapis.com/{_PACKAGE}."
_Field = descriptor_pb2.FieldDescriptorProto


@dataclass(frozen=True)
class IntRange:
    """Inclusive limits of an integer output: numbers, or scalar tensors to be evaluated."""

    minimum: Any
    maximum: Any


@dataclass(frozen=True)
class VocabularyFacts:
    """A vocabulary file: its name, and its size before and after top_k and frequency thresholds."""

    file_name: str
    unfiltered_size: int
    filtered_size: int


@dataclass
class OutputAnnotations:
    """Notes of one trace, by tensor.

    Attributes:
        ranges, boundaries: by ``id`` of the tensor (of its values, for sparse and ragged); ``kept`` holds the tensors,
            so that an id is never used twice.
        sparse_shapes: fixed dense shapes of sparse outputs.
        true_sparse: sparse outputs of rank 2 to be written with their indices.
        vocabularies: one per vocabulary analyzer.
    """

    ranges: dict[int, IntRange] = field(default_factory=dict)
    boundaries: dict[int, Any] = field(default_factory=dict)
    sparse_shapes: dict[int, list[int]] = field(default_factory=dict)
    true_sparse: set[int] = field(default_factory=set)
    vocabularies: list[VocabularyFacts] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)

    def note_range(self, tensor: Any, minimum: Any, maximum: Any) -> None:
        """The integers in ``tensor`` are categories from minimum to maximum."""
        self.kept.append(tensor)
        self.ranges[id(tensor)] = IntRange(minimum, maximum)

    def note_boundaries(self, tensor: Any, boundaries: Any) -> None:
        """``tensor`` holds bucket numbers, cut at ``boundaries`` [1, n] or [n]."""
        self.kept.append(tensor)
        self.boundaries[id(tensor)] = boundaries


def bucket_boundaries_any(boundaries: Sequence[float]) -> any_pb2.Any:
    """The annotation of a bucketized feature."""
    return _packed("BucketBoundaries", boundaries=[float(value) for value in boundaries])


def vocabulary_any(facts: VocabularyFacts) -> any_pb2.Any:
    """The annotation of a vocabulary, for the schema as a whole."""
    return _packed(
        "VocabularyMetadata",
        file_name=facts.file_name,
        unfiltered_vocabulary_size=facts.unfiltered_size,
        filtered_vocabulary_size=facts.filtered_size,
    )


def read_vocabulary_facts(annotation: any_pb2.Any) -> VocabularyFacts | None:
    """The vocabulary that an annotation describes; None for annotations of another kind."""
    if annotation.type_url != _TYPE_URL + "VocabularyMetadata":
        return None
    message = _message_class("VocabularyMetadata")()
    message.ParseFromString(annotation.value)
    return VocabularyFacts(message.file_name, message.unfiltered_vocabulary_size, message.filtered_vocabulary_size)


def _packed(name: str, **fields: Any) -> any_pb2.Any:
    message = _message_class(name)(**fields)
    return any_pb2.Any(type_url=_TYPE_URL + name, value=message.SerializeToString(deterministic=True))


@cache
def _message_class(name: str) -> Any:
    pool = _pool()
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(
        name="tensorflow_transform/annotations.proto", package=_PACKAGE, syntax="proto3"
    )
    vocabulary = file.message_type.add(name="VocabularyMetadata")
    vocabulary.field.add(name="file_name", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    for number, name in ((2, "unfiltered_vocabulary_size"), (3, "filtered_vocabulary_size")):
        vocabulary.field.add(name=name, number=number, type=_Field.TYPE_INT64, label=_Field.LABEL_OPTIONAL)
    buckets = file.message_type.add(name="BucketBoundaries")
    buckets.field.add(name="boundaries", number=1, type=_Field.TYPE_FLOAT, label=_Field.LABEL_REPEATED)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool
