"""A fingerprint names everything that decides what a node writes: if two fingerprints are equal, so are the outputs.

Values are hashed in a canonical form in which no two different values share bytes: each value is written as one tag
byte for its type, the length of its body as eight bytes, and the body. So ``1`` and ``"1"``, ``True`` and ``1``,
``(1,)`` and ``[1]``, ``b"a"`` and ``"a"``, ``{"a": "bc"}`` and ``{"ab": "c"}`` all differ.

A fingerprint is kept in named parts (the component, each parameter, each input, each code file), so that a difference
between two of them can be told to a person: "model.py changed".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from gristmill.errors import ConfigError

__all__ = ["Fingerprint", "canonical_bytes", "digest_value"]

_DIGEST_SHOWN = 12  # hex digits shown to people: 48 bits tell apart every run a person will look at


@dataclass(frozen=True)
class Fingerprint:
    """What decides a node's outputs, part by part.

    Attributes:
        parts: hex sha256 of each part, by its name: ``component``, ``parameter train_args``, ``input examples``,
            ``code model.py``.
    """

    parts: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Fingerprint:
        """The fingerprint of these parts.

        Raises:
            ConfigError: a value is of a type that has no canonical form.
        """
        return cls({name: digest_value(value) for name, value in sorted(values.items())})

    @property
    def key(self) -> str:
        """Hex sha256 over all parts and their names: what the cache looks up."""
        return digest_value(dict(self.parts))

    @property
    def short(self) -> str:
        """The first digits of the key, for people."""
        return self.key[:_DIGEST_SHOWN]

    def changes_since(self, earlier: Mapping[str, str]) -> list[str]:
        """Names of the parts that differ from an earlier fingerprint's, those only in one of the two included."""
        names = sorted({*self.parts, *earlier})
        return [name for name in names if self.parts.get(name) != earlier.get(name)]


def digest_value(value: object) -> str:
    """Hex sha256 of the canonical form of a value; see the module's docstring.

    Raises:
        ConfigError: the value, or one inside it, is of a type that has no canonical form.
    """
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def canonical_bytes(value: object) -> bytes:
    """The type-tagged, length-prefixed form of a tree of plain values.

    Raises:
        ConfigError: the value, or one inside it, is of a type that has no canonical form.
    """
    tag, body = _tag_and_body(value)
    return tag + struct.pack(">Q", len(body)) + body


def _tag_and_body(value: object) -> tuple[bytes, bytes]:
    # bool comes before int: True is an int, and must not hash like 1.
    if value is None:
        return b"N", b""
    if isinstance(value, bool):
        return b"B", b"\x01" if value else b"\x00"
    if isinstance(value, int):
        return b"I", str(value).encode("ascii")
    if isinstance(value, float):
        return b"F", struct.pack(">d", value)
    if isinstance(value, str):
        return b"S", value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes | bytearray | memoryview):
        return b"Y", bytes(value)
    if isinstance(value, tuple):
        return b"T", b"".join(map(canonical_bytes, value))
    if isinstance(value, list):
        return b"L", b"".join(map(canonical_bytes, value))
    if isinstance(value, Mapping):
        return b"D", _mapping_body(value)
    raise ConfigError(
        f"a value of type {type(value).__module__}.{type(value).__qualname__} cannot be part of a fingerprint",
        value=value,
        hint="give parameters as None, bool, int, float, str, bytes, list, tuple or dict.",
    )


def _mapping_body(value: Mapping[object, object]) -> bytes:
    # Sorted by the canonical key, so that neither insertion order nor the mixing of key types matters.
    items = sorted((canonical_bytes(key), canonical_bytes(item)) for key, item in value.items())
    return b"".join(key + item for key, item in items)
