"""How nodes, channels and artifacts look as the result of a notebook cell.

Their classes have ``_repr_html_``, the method that IPython and every notebook front end ask for, so that they look the
same with and without an InteractiveContext, and nothing is registered anywhere. What an artifact *holds* is shown by
``gristmill.artifact_views``; this is what it *is*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gristmill.display import Column, Markup, Row, View
from gristmill.display.elements import details, key_values, table
from gristmill.display.texts import shortened
from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import json_within, without_secrets, without_secrets_within

if TYPE_CHECKING:
    from gristmill.dsl.artifact import Artifact
    from gristmill.dsl.channel import BaseChannel
    from gristmill.dsl.node import BaseNode

__all__ = ["artifact_view", "artifacts_table", "channel_view", "heading", "node_view", "parameters_part"]

_BOOKKEEPING = ("state", "tfx_version")  # custom properties that say how an artifact was stored
_OWN_PREFIX = "gristmill_"
_SHOWN = 300  # characters of a value; a longer one is for a program


def artifact_view(artifact: Artifact) -> View:
    """Id, type, place and properties of an artifact."""
    return View(_artifact_title(artifact), _artifact_facts(artifact))


def channel_view(channel: BaseChannel) -> View:
    """What a channel is connected to, and the artifacts that it holds so far."""
    body = key_values([("type", channel.type_name), ("from", repr(channel))])
    held = channel.held
    return View(f"Channel of {channel.type_name}", body if held is None else body + artifacts_table({"": held}))


def node_view(node: BaseNode) -> View:
    """Id, class, inputs, outputs and parameters of a node."""
    body = key_values([(".id", node.id), (".type", node.type)])
    body += details(heading(".inputs", node.inputs), _channels_table(node.inputs))
    body += details(heading(".outputs", node.outputs), _channels_table(node.outputs), open=True)
    body += details(heading(".exec_properties", node.exec_properties), parameters_part(node.exec_properties))
    return View(node.id if node.id == type(node).__name__ else f"{type(node).__name__} {node.id!r}", body)


def heading(name: str, keys: Iterable[str]) -> Markup:
    """The name of an attribute, with the keys that it has."""
    return Markup("{} <span class='gm-note'>{}</span>").format(name, ", ".join(keys) or "none")


def artifacts_table(artifacts_by_key: Mapping[str, Sequence[Artifact]]) -> Markup:
    """Artifacts, one a line, each of which unfolds into its facts."""
    rows = [(key, artifact) for key, artifacts in artifacts_by_key.items() for artifact in artifacts]
    return _table([_artifact_row(key, artifact) for key, artifact in rows])


def _channels_table(channels: Mapping[str, BaseChannel]) -> Markup:
    rows: list[Row] = []
    for key, channel in channels.items():
        if channel.held is None:
            rows.append(Row((key, channel.type_name, None, repr(channel))))
        rows += [_artifact_row(key, artifact) for artifact in channel.held or ()]
    return _table(rows)


def _table(rows: Sequence[Row]) -> Markup:
    if not rows:
        return Markup('<span class="gm-muted">none</span>')
    columns = [Column("key"), Column("type"), Column("artifact", numeric=True), Column("where")]
    return table(columns, rows, searchable=False)


def _artifact_row(key: str, artifact: Artifact) -> Row:
    where = without_secrets(artifact.uri) or "(no URI)"
    return Row((key, artifact.type_name, artifact.id or None, where), details=_artifact_facts(artifact))


def parameters_part(parameters: Mapping[str, Any]) -> Markup:
    """Names and values, without secrets; long values are cut."""
    if not parameters:
        return Markup('<span class="gm-muted">none</span>')
    return key_values((name, _text(name, value)) for name, value in parameters.items())


def _artifact_title(artifact: Artifact) -> str:
    return f"{artifact.type_name} {artifact.id}" if artifact.id else artifact.type_name


def _artifact_facts(artifact: Artifact) -> Markup:
    message = artifact.mlmd_artifact
    pairs: list[tuple[str, str]] = [("type", artifact.type_name)]
    pairs += [("id", str(artifact.id))] if artifact.id else []
    pairs += [("uri", without_secrets(artifact.uri) or "(no URI)")]
    pairs += [("state", artifact.state)] if artifact.state else []
    for properties in (message.properties, message.custom_properties):
        told = [name for name in sorted(properties) if not name.startswith(_OWN_PREFIX) and name not in _BOOKKEEPING]
        pairs += [(name, _text(name, _plain(properties[name]))) for name in told]
    return key_values(pairs)


def _plain(value: metadata_store_pb2.Value) -> Any:
    kind = value.WhichOneof("value")
    return "" if kind is None else getattr(value, kind)


def _text(name: str, value: Any) -> str:
    if isinstance(value, Placeholder) or not isinstance(value, str | int | float | bool | None):
        shown = without_secrets(str(value))
    else:
        shown = str(without_secrets_within(json_within(value), name))
    return shortened(shown, _SHOWN)
