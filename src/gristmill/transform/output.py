"""TFTransformOutput: reads what a transform left on disk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem
from gristmill.io.json_object import read_json_object
from gristmill.io.tensors.feature_spec import FeatureSpec, domains_from_schema, feature_spec_from_schema
from gristmill.transform import layout
from gristmill.transform.analyzers.vocabulary_file import TFRECORD_SUFFIX, read_vocabulary, sanitized_name
from gristmill.transform.annotations import read_vocabulary_facts
from gristmill.transform.features_layer import features_layer
from gristmill.transform.saved_graph import LoadedTransform
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata
from gristmill.transform.tf_metadata.metadata_io import read_metadata

__all__ = ["TFTransformOutput"]


class TFTransformOutput:
    """The output folder of a transform: schemas, vocabularies, and the graph.

    Args:
        transform_output_dir: the folder that holds ``transform_fn``, ``transformed_metadata`` and ``metadata``.
    """

    TRANSFORM_FN_DIR = layout.TRANSFORM_FN_DIR
    TRANSFORMED_METADATA_DIR = layout.TRANSFORMED_METADATA_DIR
    RAW_METADATA_DIR = layout.RAW_METADATA_DIR
    ASSET_MAP = layout.ASSET_MAP
    PRE_TRANSFORM_FEATURE_STATS_PATH = layout.PRE_TRANSFORM_FEATURE_STATS_PATH
    POST_TRANSFORM_FEATURE_STATS_PATH = layout.POST_TRANSFORM_FEATURE_STATS_PATH

    def __init__(self, transform_output_dir: str) -> None:
        self._dir = transform_output_dir
        self._layers: dict[str | None, Any] = {}

    @cached_property
    def transformed_metadata(self) -> DatasetMetadata:
        """Of the transformed features."""
        return read_metadata(self._path(layout.TRANSFORMED_METADATA_DIR))

    @cached_property
    def raw_metadata(self) -> DatasetMetadata:
        """Of the raw features."""
        return read_metadata(self._path(layout.RAW_METADATA_DIR))

    @property
    def transform_savedmodel_dir(self) -> str:
        """The folder of the SavedModel."""
        return self._path(layout.TRANSFORM_FN_DIR)

    @property
    def pre_transform_statistics_path(self) -> str:
        """Where the statistics of the raw features belong; the component keeps them in artifacts of their own."""
        return self._path(layout.PRE_TRANSFORM_FEATURE_STATS_PATH)

    @property
    def post_transform_statistics_path(self) -> str:
        """Where the statistics of the transformed features belong; see :attr:`pre_transform_statistics_path`."""
        return self._path(layout.POST_TRANSFORM_FEATURE_STATS_PATH)

    def transformed_feature_spec(self) -> dict[str, FeatureSpec]:
        """How to parse transformed examples: feature name to spec, a fresh dict."""
        return feature_spec_from_schema(self.transformed_metadata.schema)

    def transformed_domains(self) -> dict[str, Any]:
        """Domain messages of the transformed features that have one."""
        return domains_from_schema(self.transformed_metadata.schema)

    def raw_feature_spec(self) -> dict[str, FeatureSpec]:
        """How to parse raw examples: feature name to spec, a fresh dict."""
        return feature_spec_from_schema(self.raw_metadata.schema)

    def raw_domains(self) -> dict[str, Any]:
        """Domain messages of the raw features that have one."""
        return domains_from_schema(self.raw_metadata.schema)

    def vocabulary_file_by_name(self, vocab_filename: str) -> str | None:
        """The path of a vocabulary file, or None.

        Args:
            vocab_filename: the name given to the vocabulary, or a key given to ``annotate_asset``.

        Raises:
            ConfigError: more than one file has this name.
        """
        assets = filesystem.join(self.transform_savedmodel_dir, layout.ASSETS_DIR)
        mapped = self._asset_map.get(vocab_filename)
        if mapped is not None:
            return filesystem.join(assets, mapped)
        plain = filesystem.join(assets, sanitized_name(vocab_filename))
        found = [path for path in (plain, plain + TFRECORD_SUFFIX) if filesystem.exists(path)]
        if len(found) > 1:
            raise ConfigError(
                "more than one vocabulary file has this name",
                value=found,
                hint="give one of the vocabularies another vocab_filename, and run the transform again",
            )
        return found[0] if found else None

    def vocabulary_size_by_name(self, vocab_filename: str) -> int:
        """How many lines the vocabulary has; an empty one has one, that no data holds.

        Raises:
            ConfigError: there is no such vocabulary.
        """
        path = self._known_vocabulary(vocab_filename)
        for annotation in self.transformed_metadata.schema.annotation.extra_metadata:
            facts = read_vocabulary_facts(annotation)
            if facts is not None and facts.filtered_size and path.endswith("/" + facts.file_name):
                return facts.filtered_size
        return len(read_vocabulary(path))

    def vocabulary_by_name(self, vocab_filename: str) -> list[bytes]:
        """The lines of the vocabulary, with counts where they are stored.

        Raises:
            ConfigError: there is no such vocabulary.
        """
        return read_vocabulary(self._known_vocabulary(vocab_filename))

    def num_buckets_for_transformed_feature(self, name: str) -> int:
        """How many different integers a bucketized or looked-up feature can be.

        Raises:
            ConfigError: the feature is unknown, or has no integer range that begins at 0.
        """
        features = {feature.name: feature for feature in self.transformed_metadata.schema.feature}
        if name not in features:
            raise ConfigError(
                "there is no transformed feature of this name",
                value=name,
                hint=did_you_mean(name, features, "the features"),
            )
        if not _has_buckets(features[name]):
            bucketed = sorted(each for each, feature in features.items() if _has_buckets(feature))
            raise ConfigError(
                "this feature is not made of buckets that begin at 0",
                value=name,
                hint=f"bucketize and vocabulary lookups make such features: {', '.join(bucketed) or 'none here'}",
            )
        return int(features[name].int_domain.max) + 1

    def transform_features_layer(self, keras: str | None = None) -> Any:
        """The Keras layer that applies the transform; made once.

        Args:
            keras: ``"keras"`` (Keras 3) or ``"tf_keras"`` (Keras 2); what ``tf.keras`` is by default.
        """
        if keras not in self._layers:
            self._layers[keras] = features_layer(self.transform_savedmodel_dir, keras)
        return self._layers[keras]

    def transform_raw_features(
        self, raw_features: Mapping[str, Any], drop_unused_features: bool = True
    ) -> dict[str, Any]:
        """The transformed features that can be computed from these raw ones.

        Args:
            raw_features: tensors by feature name, as parsed with :meth:`raw_feature_spec`.
            drop_unused_features: has no effect, as in the family's TensorFlow 2 code: outputs that depend on missing
                inputs are left out either way.

        Raises:
            ConfigError: a feature is unknown, or of another kind or dtype.
        """
        del drop_unused_features
        return self._loaded(raw_features)

    def load_transform_graph(self) -> None:
        """Not available: it imports the graph into a TensorFlow 1 session.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError(
            "load_transform_graph is for TensorFlow 1 graphs", hint="use transform_features_layer()"
        )

    @cached_property
    def _loaded(self) -> LoadedTransform:
        return LoadedTransform(self.transform_savedmodel_dir)

    @cached_property
    def _asset_map(self) -> dict[str, str]:
        path = filesystem.join(self._path(layout.TRANSFORMED_METADATA_DIR), layout.ASSET_MAP)
        if not filesystem.exists(path):
            return {}
        return read_json_object(path)

    def _path(self, *parts: str) -> str:
        return filesystem.join(self._dir, *parts)

    def _known_vocabulary(self, name: str) -> str:
        path = self.vocabulary_file_by_name(name)
        if path is None:
            raise ConfigError(
                "there is no vocabulary of this name",
                value=name,
                hint=did_you_mean(name, self._asset_map, "the vocabularies"),
            )
        return path


def _has_buckets(feature: schema_pb2.Feature) -> bool:
    domain = feature.int_domain
    return bool(feature.HasField("int_domain") and domain.min == 0 and domain.HasField("max"))
