"""Names of what lies in a transform's output folder."""

from __future__ import annotations

__all__ = [
    "ASSETS_DIR",
    "ASSET_MAP",
    "POST_TRANSFORM_FEATURE_STATS_PATH",
    "PRE_TRANSFORM_FEATURE_STATS_PATH",
    "RAW_METADATA_DIR",
    "TRANSFORMED_METADATA_DIR",
    "TRANSFORM_FN_DIR",
]

TRANSFORM_FN_DIR = "transform_fn"
TRANSFORMED_METADATA_DIR = "transformed_metadata"
RAW_METADATA_DIR = "metadata"
ASSET_MAP = "asset_map"
ASSETS_DIR = "assets"
PRE_TRANSFORM_FEATURE_STATS_PATH = "pre_transform_feature_stats/FeatureStats.pb"
POST_TRANSFORM_FEATURE_STATS_PATH = "post_transform_feature_stats/FeatureStats.pb"
