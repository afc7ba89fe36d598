"""Every error that gristmill raises on purpose.

The tree:

    GristmillError
    ├── DataError            input data is not what it must be; names file, record, column  (a ValueError)
    ├── ConfigError          a parameter, pipeline or configuration is wrong                (a ValueError)
    │   └── UnknownKeyError  a name that a collection of ours does not have                 (a KeyError)
    ├── UserCodeError        the user's own function or module failed
    ├── UnsafePathError      a path would leave the root it belongs to                      (a ValueError)
    ├── StorageError         a disk refuses to write; names the file                        (an OSError)
    ├── MissingExtraError    an optional dependency is not installed                        (an ImportError)
    ├── NotSupportedError    a known name whose behaviour does not exist here               (a NotImplementedError)
    ├── RunError             a pipeline run did not finish: carries each failed node
    └── metadata.errors.StatusError and its children, one per status code of the store

A message states the rule that was broken; then, each on a line of its own, where it happened with the value received,
and ``Hint:`` with what to do about it. Where code of the user's led to it, the place is, or is followed by, the line of
that code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gristmill.redaction import without_secrets

__all__ = [
    "ConfigError",
    "DataError",
    "GristmillError",
    "MissingExtraError",
    "NotSupportedError",
    "Place",
    "RunError",
    "StorageError",
    "UnknownKeyError",
    "UnsafePathError",
    "UserCodeError",
]


@dataclass(frozen=True)
class Place:
    """A spot in some input that a person can go and look at.

    Attributes:
        uri: the file, or another name of the source.
        line: 1-based line of a text file.
        record: 0-based record of a record file.
        offset: byte offset in the file.
        column: the column, feature or field.
    """

    uri: str | None = None
    line: int | None = None
    record: int | None = None
    offset: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.uri] if self.uri else []
        if self.line is not None:
            parts.append(f"line {self.line:,}")
        if self.record is not None:
            parts.append(f"record {self.record:,}")
        if self.offset is not None:
            parts.append(f"byte offset {self.offset:,}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        return ", ".join(parts)


class GristmillError(Exception):
    """Base of all errors raised here. As text it holds no password or key: they are ``***``.

    Args:
        rule: what must hold and does not, in one sentence.
        place: where it happened.
        value: what was received there; shown shortened.
        hint: what the reader can do about it.

    Attributes:
        caller: the line of the user's code that led here, once the error has passed through ``user_code``.
    """

    def __init__(self, rule: str, *, place: Place | None = None, value: object = None, hint: str | None = None) -> None:
        self.rule = rule
        self.place = place
        self.value = value
        self.hint = hint
        self.caller: Place | None = None
        super().__init__(without_secrets(rule))

    def __str__(self) -> str:
        lines = [self.rule]
        place, caller = _joined(self.place, self.caller)
        where = str(place) if place else ""
        value = "" if self.value is None else _shorten(repr(self.value))
        if where or value:
            lines.append("  " + ": ".join(part for part in (where, value) if part))
        if caller:
            lines.append(f"  called from {caller}")
        if self.hint:
            lines.append(f"  Hint: {self.hint}")
        return without_secrets("\n".join(lines))


class DataError(GristmillError, ValueError):
    """Input data is malformed, or contradicts what was said about it."""


class ConfigError(GristmillError, ValueError):
    """A parameter, a pipeline or a configuration message is wrong."""


class UnknownKeyError(ConfigError, KeyError):
    """A collection of ours has nothing of this name; a KeyError, as the field's code expects."""


class UserCodeError(GristmillError):
    """The user's own code failed. ``__cause__`` is the user's exception with the user's frames."""


class UnsafePathError(GristmillError, ValueError):
    """A path would leave the root that it belongs to."""


class StorageError(GristmillError, OSError):
    """A disk refuses to write: it is full, read-only, or not ours to write to. ``errno`` says which."""


class NotSupportedError(GristmillError, NotImplementedError):
    """The name is known, its behaviour does not exist in gristmill; the hint says what to use."""


class MissingExtraError(GristmillError, ImportError):
    """An optional dependency is needed and not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed",
            hint=f"pip install 'gristmill[{extra}]'",
        )


class RunError(GristmillError):
    """A pipeline run did not finish.

    Attributes:
        failed: ids of the nodes that failed, in the order of failure.
    """

    def __init__(self, rule: str, *, failed: Sequence[str] = (), hint: str | None = None) -> None:
        super().__init__(rule, hint=hint)
        self.failed = tuple(failed)


def _joined(place: Place | None, caller: Place | None) -> tuple[Place | None, Place | None]:
    """The places to tell: the caller's line completes a place that names no file, and is not told twice."""
    if place is None or caller is None:
        return place or caller, None
    if place.uri is None:
        return replace(place, uri=caller.uri, line=caller.line), None
    return place, None if caller.line is None or place.uri == caller.uri else caller


_SHOWN = 200  # characters of a received value: enough to recognise it, one or two terminal lines


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
