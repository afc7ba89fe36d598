"""A fingerprint names everything that decides what a node writes: if two fingerprints are equal, so are the outputs.

Values are hashed in a canonical form in which no two different values share bytes: each value is written as one tag
byte for its type, the length of its body as eight bytes, and the body. So ``1`` and ``"1"``, ``True`` and ``1``,
``(1,)`` and ``[1]``, ``b"a"`` and ``"a"``, ``{"a": "bc"}`` and ``{"ab": "c"}`` all differ. What derives from a plain
type is written as its class, the plain value and its attributes; the member of an enumeration as its class, name and
value. Nothing else has a canonical form.

A fingerprint is kept in named parts (the component, each parameter, each input, each code file), so that a difference
between two of them can be told to a person: "model.py changed".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gristmill.errors import ConfigError

__all__ = ["Fingerprint", "canonical_bytes", "digest_value", "parts_of_kind"]

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


def parts_of_kind(kind: str, values: Mapping[str, object]) -> dict[str, object]:
    """Values by the names that they have as parts; a kind is one word, so that those of two kinds never share one."""
    return {f"{kind} {name}": value for name, value in values.items()}


def digest_value(value: object) -> str:
    """Hex sha256 of the canonical form of a value; see the module's docstring.

    Raises:
        ConfigError: the value, or one inside it, is of a type that has no canonical form.
    """
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def canonical_bytes(value: object) -> bytes:
    """The type-tagged, length-prefixed form of a tree of plain values.

    Raises:
        ConfigError: the value, or one inside it, is of a type that has no canonical form; or it contains itself.
    """
    try:
        return _canonical(value)
    except RecursionError:
        raise ConfigError("a value that is nested without end cannot be part of a fingerprint") from None


def _canonical(value: object) -> bytes:
    tag, body = _tag_and_body(value)
    return _framed(tag, body)


def _framed(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack(">Q", len(body)) + body


def _tag_and_body(value: object) -> tuple[bytes, bytes]:
    # By the exact type: True is an int as well, and must not hash like 1.
    plain = _PLAIN.get(type(value))
    if plain is not None:
        tag, body = plain
        return tag, body(value)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, Enum):
        return b"E", _canonical(kind) + _canonical(value.name) + _canonical(value.value)
    for base, (tag, body) in _PLAIN.items():
        if isinstance(value, base):  # np.float64, a named tuple: its class, what it is as a plain value, what it has
            return b"C", _canonical(kind) + _framed(tag, body(value)) + _canonical(getattr(value, "__dict__", {}))
    raise ConfigError(
        f"a value of type {kind} cannot be part of a fingerprint",
        value=value,
        hint="give parameters as None, bool, int, float, str, bytes, list, tuple or dict.",
    )


def _sequence_body(items: Iterable[object]) -> bytes:
    return b"".join(map(_canonical, items))


def _mapping_body(items: Iterable[tuple[object, object]]) -> bytes:
    # Sorted by the canonical key, so that neither insertion order nor the mixing of key types matters.
    pairs = sorted((_canonical(key), _canonical(item)) for key, item in items)
    return b"".join(key + item for key, item in pairs)


# The tag and the body of each plain type. The methods are those of the type itself: a subclass may have others.
_PLAIN: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    type(None): (b"N", lambda value: b""),
    bool: (b"B", lambda value: b"\x01" if value else b"\x00"),
    int: (b"I", lambda value: int.__format__(value, "x").encode("ascii")),  # decimal digits have a limit in Python
    float: (b"F", lambda value: struct.pack(">d", value)),
    str: (b"S", lambda value: str.encode(value, "utf-8", "surrogatepass")),
    bytes: (b"Y", lambda value: bytes.__getitem__(value, slice(None))),
    bytearray: (b"A", lambda value: bytes(memoryview(value))),
    tuple: (b"T", lambda value: _sequence_body(tuple.__iter__(value))),
    list: (b"L", lambda value: _sequence_body(list.__iter__(value))),
    dict: (b"D", lambda value: _mapping_body(dict.items(value))),
}
