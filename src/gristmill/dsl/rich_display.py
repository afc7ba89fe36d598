"""How nodes, channels and artifacts look as the result of a notebook cell.

Their classes have ``_repr_html_``, the method that IPython and every notebook front end ask for, so that they look the
same with and without an InteractiveContext, and nothing is registered anywhere. What an artifact *holds* is shown by
``gristmill.artifact_views``; this is what it *is*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gristmill.display import Markup, View
from gristmill.display.elements import details, key_values
from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.metadata.redaction import without_secrets, without_secrets_within
from gristmill.proto import metadata_store_pb2

if TYPE_CHECKING:
    from gristmill.dsl.artifact import Artifact
    from gristmill.dsl.channel import BaseChannel
    from gristmill.dsl.node import BaseNode

__all__ = ["artifact_view", "artifacts_part", "channel_view", "keyed_part", "node_view", "parameters_part"]

_BOOKKEEPING = ("state", "tfx_version")  # custom properties that say how an artifact was stored
_OWN_PREFIX = "gristmill_"
_SHOWN = 300  # characters of a value; a longer one is for a program


def artifact_view(artifact: Artifact) -> View:
    """Id, type, place and properties of an artifact."""
    return View(_artifact_title(artifact), _artifact_facts(artifact))


def channel_view(channel: BaseChannel) -> View:
    """What a channel is connected to, and the artifacts that it holds so far."""
    held = channel.held
    body = key_values(_channel_facts(channel)) + (artifacts_part(held) if held is not None else Markup(""))
    return View(f"Channel of {channel.type_name}", body)


def node_view(node: BaseNode) -> View:
    """Id, class, inputs, outputs and parameters of a node."""
    body = key_values([(".id", node.id), (".type", node.type)])
    body += details(".inputs", _channels_part(node.inputs), open=True)
    body += details(".outputs", _channels_part(node.outputs), open=True)
    body += details(".exec_properties", parameters_part(node.exec_properties))
    return View(f"{type(node).__name__} {node.id!r}" if node.id != type(node).__name__ else node.id, body)


def _channels_part(channels: Mapping[str, BaseChannel]) -> Markup:
    """Channels by key, each with the artifacts that it holds so far."""
    parts = {}
    for key, channel in channels.items():
        held = channel.held
        parts[key] = (repr(channel), key_values(_channel_facts(channel)) if held is None else artifacts_part(held))
    return keyed_part(parts)


def keyed_part(parts: Mapping[str, tuple[str, Markup]]) -> Markup:
    """Foldable parts: for each key a remark, shown beside it, and what unfolds."""
    if not parts:
        return Markup('<span class="gm-muted">none</span>')
    lines = (
        details(Markup("<b>[{!r}]</b> <span class='gm-note'>{}</span>").format(key, remark), body)
        for key, (remark, body) in parts.items()
    )
    return Markup("").join(lines)


def artifacts_part(artifacts: Sequence[Artifact]) -> Markup:
    """Artifacts below each other."""
    if not artifacts:
        return Markup('<span class="gm-muted">no artifacts</span>')
    return Markup("").join(_artifact_part(artifact) for artifact in artifacts)


def _artifact_part(artifact: Artifact) -> Markup:
    """One artifact: its title and place, which unfold into its facts."""
    title = Markup("{} <span class='gm-note'>{}</span>").format(
        _artifact_title(artifact), without_secrets(artifact.uri) or "(no URI)"
    )
    return details(title, _artifact_facts(artifact))


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


def _channel_facts(channel: BaseChannel) -> list[tuple[str, str]]:
    return [("type", channel.type_name), ("from", repr(channel))]


def _plain(value: metadata_store_pb2.Value) -> Any:
    kind = value.WhichOneof("value")
    return "" if kind is None else getattr(value, kind)


def _text(name: str, value: Any) -> str:
    if isinstance(value, Placeholder) or not isinstance(value, str | int | float | bool | None):
        shown = without_secrets(str(value))
    else:
        shown = str(without_secrets_within(_parsed(value), name))
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _parsed(value: Any) -> Any:
    """JSON kept as text, as an object, so that secrets in it are seen."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
