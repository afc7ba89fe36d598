"""StatsOptions as JSON: one key per option with a leading underscore, messages as JSON inside strings."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.errors import ConfigError

__all__ = ["dump_options", "parse_options"]

_TYPE_KEY, _TYPE = "TYPE_NAME", "StatsOptions"
_SCHEMA_KEY = "schema_json"
_OVERRIDE_KEY = "per_feature_weight_override_json"
_SLICING_KEY = "slicing_config_json"
_UNWRITABLE = ("experimental_slice_functions", "per_feature_stats_config")


def dump_options(options: StatsOptions) -> str:
    """The JSON text of the options; ConfigError where an option cannot be written."""
    tree: dict[str, Any] = {_TYPE_KEY: _TYPE}
    for name, value in vars(options).items():
        if name in _UNWRITABLE and value is not None:
            hint = "set it where the options are used"
            raise ConfigError(f"StatsOptions.{name} cannot be written as JSON", hint=hint)
        if name not in ("schema", "per_feature_weight_override", "feature_allowlist", *_UNWRITABLE):
            tree[f"_{name}"] = value
    if options.schema is not None:
        tree[_SCHEMA_KEY] = json_format.MessageToJson(options.schema)
    if options.per_feature_weight_override is not None:
        overrides = options.per_feature_weight_override.items()
        tree[_OVERRIDE_KEY] = {json_format.MessageToJson(path.to_proto()): weight for path, weight in overrides}
    if options.feature_allowlist is not None:
        tree["_feature_allowlist"] = [list(path.steps()) for path in options.feature_allowlist]
    return json.dumps(tree)


def parse_options(options_json: str) -> StatsOptions:
    """The options of such a text; ConfigError for any other."""
    tree = _object(options_json)
    given: dict[str, Any] = {}
    if (schema := tree.pop(_SCHEMA_KEY, None)) is not None:
        given["schema"] = json_format.Parse(schema, schema_pb2.Schema())
    if (overrides := tree.pop(_OVERRIDE_KEY, None)) is not None:
        given["per_feature_weight_override"] = {_path(path): weight for path, weight in overrides.items()}
    given["slicing_config"] = tree.pop(_SLICING_KEY, None)
    known = vars(StatsOptions())
    for key, value in tree.items():
        name = key.removeprefix("_")
        if name in known:
            given[name] = value
        elif value is not None:
            raise ConfigError("The JSON of StatsOptions names an option that does not exist", value=key)
    allowlist = given.get("feature_allowlist")
    if allowlist is not None:
        given["feature_allowlist"] = [name if isinstance(name, str) else FeaturePath(name) for name in allowlist]
    return StatsOptions(**given)


def _object(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError("StatsOptions.from_json reads JSON", value=text, hint=str(error)) from error
    if not isinstance(tree, dict) or tree.pop(_TYPE_KEY, None) != _TYPE:
        raise ConfigError("StatsOptions.from_json reads the JSON that to_json wrote", value=text)
    return tree


def _path(text: str) -> FeaturePath:
    return FeaturePath.from_proto(json_format.Parse(text, path_pb2.Path()))
