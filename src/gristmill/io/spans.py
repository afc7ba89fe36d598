"""Spans and versions: input that arrives in numbered portions, named by a pattern such as ``day-{SPAN}/v{VERSION}/*``.

========================  ==========================================================
in the pattern            stands for
========================  ==========================================================
``{SPAN}``                the span, any number of digits
``{SPAN:4}``              the span, zero-padded to 4 digits
``{YYYY}{MM}{DD}``        the span as a date: its days since 1970-01-01; may be apart
``{VERSION}``             the version of a span; ``{VERSION:2}`` likewise padded
========================  ==========================================================

Each stands at most once, a date and ``{SPAN}`` exclude each other, and a version needs a span. Around them the pattern
is a glob. All splits of one input agree on the span and the version that are read.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem

__all__ = [
    "ResolvedInput",
    "RollingSpans",
    "SpanPattern",
    "SpanRange",
    "StaticSpans",
    "fingerprint",
    "resolve_input",
    "split_files",
]

_EPOCH = datetime.date(1970, 1, 1)
_SPEC = re.compile(r"\{(SPAN|VERSION|YYYY|MM|DD)(?::(\d+))?\}")
_DATE_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2}
# How the parts of a glob match within one file name; "**" crosses folders.
_GLOB_PARTS = re.compile(r"\*\*|\*|\?|\[!?\]?[^\]]*\]|[^*?\[]+|\[")


@dataclass(frozen=True)
class StaticSpans:
    """The spans from ``start`` to ``end``, both included."""

    start: int
    end: int


@dataclass(frozen=True)
class RollingSpans:
    """The newest ``num_spans`` spans, none older than ``start``."""

    num_spans: int = 1
    start: int = 0


SpanRange = StaticSpans | RollingSpans


@dataclass(frozen=True)
class ResolvedInput:
    """Which portion of an input is to be read.

    Attributes:
        span: its number; 0 when the patterns name none.
        version: its version; None when the patterns name none.
        patterns: the glob of each split, without span and version specs, under the same root.
    """

    span: int
    version: int | None
    patterns: dict[str, str]


class SpanPattern:
    """A pattern, checked.

    Args:
        pattern: see the module.

    Raises:
        ConfigError: a spec is there twice, or specs do not go together.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._widths = {name: int(width) if width else None for name, width in _SPEC.findall(pattern)}
        self._check()

    @property
    def has_span(self) -> bool:
        """Whether the pattern names a span, as a number or a date."""
        return "SPAN" in self._widths or self._has_date

    @property
    def has_version(self) -> bool:
        """Whether the pattern names a version."""
        return "VERSION" in self._widths

    @property
    def _has_date(self) -> bool:
        return "YYYY" in self._widths

    def _check(self) -> None:
        names = [match[1] for match in _SPEC.finditer(self.pattern)]
        dates = [name for name in names if name in _DATE_WIDTHS]
        if len(set(names)) < len(names):
            raise self._wrong("each of {SPAN}, {VERSION}, {YYYY}, {MM} and {DD} may stand once in a pattern")
        if dates and len(dates) < len(_DATE_WIDTHS):
            raise self._wrong("a date in a pattern needs all of {YYYY}, {MM} and {DD}")
        if any(self._widths[name] for name in dates):
            raise self._wrong("the parts of a date have fixed widths")
        if dates and "SPAN" in names:
            raise self._wrong("a pattern names its span as {SPAN} or as a date, not both")
        if "VERSION" in names and not self.has_span:
            raise self._wrong("a pattern with {VERSION} needs {SPAN} or a date")
        if any(width == 0 for width in self._widths.values()):
            raise self._wrong("a width in a pattern is at least 1")

    def _wrong(self, rule: str) -> ConfigError:
        return ConfigError(rule, value=self.pattern, hint="for example: day-{SPAN}/v{VERSION}/*.csv")

    def fill(self, span: int, version: int | None) -> str:
        """The glob of one span and version.

        Raises:
            ConfigError: a number has more digits than its spec allows, or a date lies beyond the calendar.
        """
        return _SPEC.sub(lambda match: self._filled(match[1], span, version), self.pattern)

    def _filled(self, name: str, span: int, version: int | None) -> str:
        if name in _DATE_WIDTHS:
            try:
                date = _EPOCH + datetime.timedelta(days=span)
            except OverflowError:
                raise self._wrong(f"span {span} is no date") from None
            part = {"YYYY": date.year, "MM": date.month, "DD": date.day}[name]
            return f"{part:0{_DATE_WIDTHS[name]}d}"
        number, width = span if name == "SPAN" else version, self._widths[name]
        if number is None or (width is not None and len(str(number)) > width):
            raise self._wrong(f"{name.lower()} {number} does not fit the pattern")
        return f"{number:0{width or 1}d}"

    def find(self, root: str) -> list[tuple[int, int | None]]:
        """Sorted pairs of span and version for which there are files under ``root``; one that is named by none is None.

        Raises:
            DataError: a folder or file is named by a date that does not exist.
        """
        expression = self._expression()
        found = set()
        for uri in filesystem.glob(_SPEC.sub("*", self.pattern), root=root):
            relative = filesystem.relative(root, uri)
            match = expression.fullmatch(relative)
            if match is not None:
                found.add((self._span(match, uri), int(match["VERSION"]) if self.has_version else None))
        return sorted(found, key=lambda pair: (pair[0], pair[1] or 0))

    def _expression(self) -> re.Pattern[str]:
        pieces, end = [], 0
        for spec in _SPEC.finditer(self.pattern):
            pieces.append(_glob_expression(self.pattern[end : spec.start()]))
            width = self._widths[spec[1]] or _DATE_WIDTHS.get(spec[1])
            pieces.append(f"(?P<{spec[1]}>[0-9]{{{width}}})" if width else f"(?P<{spec[1]}>[0-9]+)")
            end = spec.end()
        return re.compile("".join(pieces) + _glob_expression(self.pattern[end:]), re.DOTALL)

    def _span(self, match: re.Match[str], uri: str) -> int:
        if not self._has_date:
            return int(match["SPAN"]) if "SPAN" in self._widths else 0
        try:
            date = datetime.date(int(match["YYYY"]), int(match["MM"]), int(match["DD"]))
        except ValueError:
            raise DataError(
                "the date of a span must exist",
                place=Place(uri=uri),
                value="-".join(match[part] for part in _DATE_WIDTHS),
                hint="rename the folder or file",
            ) from None
        return (date - _EPOCH).days


def _glob_expression(glob: str) -> str:
    """The regular expression of a piece of a glob."""
    translated = {"**": ".*", "*": "[^/]*", "?": "[^/]", "[": re.escape("[")}
    pieces = []
    for part in _GLOB_PARTS.findall(glob):
        if part in translated:
            pieces.append(translated[part])
        elif part.startswith("["):
            pieces.append("[" + part[1:-1].replace("\\", "\\\\").replace("!", "^", part[1] == "!") + "]")
        else:
            pieces.append(re.escape(part))
    return "".join(pieces)


def resolve_input(root: str, patterns: Mapping[str, str], span_range: SpanRange | None = None) -> ResolvedInput:
    """Choose the span and version to read: the newest span in the range, and its newest version.

    Args:
        root: under which the patterns match.
        patterns: of each split.
        span_range: the one span wanted; the newest when None.

    Raises:
        ConfigError: a range without a span in the patterns, or splits of which only some name a span or version.
        NotSupportedError: the range holds more than one span.
        DataError: there is no such span, or the splits disagree on the newest.
    """
    parsed = {split: SpanPattern(pattern) for split, pattern in patterns.items()}
    kinds = {(pattern.has_span, pattern.has_version) for pattern in parsed.values()}
    if len(kinds) > 1:
        raise ConfigError("all splits of an input must name a span, and a version, or none must", value=dict(patterns))
    if not any(pattern.has_span for pattern in parsed.values()):
        if span_range is not None:
            raise ConfigError(
                "a range of spans needs a pattern that names the span",
                value=dict(patterns),
                hint="put {SPAN} or {YYYY}{MM}{DD} into the pattern, or leave range_config out",
            )
        return ResolvedInput(0, None, dict(patterns))
    chosen = {split: _newest(root, pattern, span_range) for split, pattern in parsed.items()}
    if len(set(chosen.values())) > 1:
        raise DataError(
            "all splits of an input must have the same newest span and version",
            place=Place(uri=root),
            value=chosen,
            hint="wait until all splits of the span have arrived, or name an older span in range_config",
        )
    span, version = next(iter(chosen.values()))
    return ResolvedInput(span, version, {split: pattern.fill(span, version) for split, pattern in parsed.items()})


def _newest(root: str, pattern: SpanPattern, span_range: SpanRange | None) -> tuple[int, int | None]:
    wanted = _wanted_span(span_range)
    found = [pair for pair in pattern.find(root) if wanted is None or pair[0] == wanted]
    if not found:
        raise DataError(
            "an input must have files of the span to read" + ("" if wanted is None else f", which is {wanted}"),
            place=Place(uri=root),
            value=pattern.pattern,
            hint="check the pattern, and that the files have arrived",
        )
    return found[-1]


def _wanted_span(span_range: SpanRange | None) -> int | None:
    """The number of the one span in a range; None for the newest."""
    if span_range is None or span_range == RollingSpans():
        return None
    if isinstance(span_range, StaticSpans) and span_range.start == span_range.end:
        return span_range.start
    raise NotSupportedError(
        "an input is read one span at a time",
        value=span_range,
        hint="use a static range whose start is its end, or a rolling range of one span without a start",
    )


def split_files(root: str, split: str, pattern: str) -> list[str]:
    """Sorted files of a split.

    Raises:
        DataError: nothing matches, or the name of a file is not UTF-8.
    """
    uris = [uri for uri in filesystem.glob(pattern, root=root) if not filesystem.is_dir(uri)]
    if not uris:
        raise DataError(
            f"the split {split!r} must have files, and none matches its pattern",
            place=Place(uri=root),
            value=pattern,
            hint="patterns match under the input's base; '*' does not cross folders, '**/' does",
        )
    for uri in uris:
        _check_name(uri)
    return uris


def _check_name(uri: str) -> None:
    """Names are recorded with the run, as text; Python hands bytes that are none through as lone surrogates."""
    try:
        uri.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(uri).decode("utf-8", "backslashreplace")
        raise DataError(
            "the name of a file of data must be UTF-8", place=Place(uri=shown), hint="rename the file"
        ) from None


def fingerprint(files: Mapping[str, Sequence[str]]) -> str:
    """What the files of each split look like from outside: their number, sizes and times; changes when they do.

    Args:
        files: URIs, by split.

    Returns:
        One line per split, in the order given: ``split:<name>,num_files:N,total_bytes:B,xor_checksum:X,
        sum_checksum:S``, the checksums over the whole seconds of the files' times of change.
    """
    return "\n".join(_fingerprint(split, uris) for split, uris in files.items())


def _fingerprint(split: str, uris: Sequence[str]) -> str:
    total_bytes, xor_checksum, sum_checksum = 0, 0, 0
    for uri in uris:
        status = filesystem.file_status(uri)
        total_bytes += status.size
        xor_checksum ^= int(status.modified)
        sum_checksum += int(status.modified)
    return (
        f"split:{split},num_files:{len(uris)},total_bytes:{total_bytes},"
        f"xor_checksum:{xor_checksum},sum_checksum:{sum_checksum}"
    )
