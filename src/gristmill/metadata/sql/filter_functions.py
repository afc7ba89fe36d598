"""The functions that filters know, in each database's SQL: the same values everywhere, and NULL where a call has none.

GoogleSQL raises where a number is divided by zero, or a text cast that is no number; here such a call gives NULL, which
databases agree on, and one odd node does not spoil a listing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    and_,
    case,
    cast,
    collate,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.sql.elements import Grouping

from gristmill.metadata.filter_types import BOOL, DOUBLE, INT, STRING
from gristmill.metadata.sql.sqlite_functions import INTEGER_TEXT, NUMBER_TEXT

__all__ = ["FilterFunctions", "by_code_points", "exact", "grouped", "truth_of"]

Sql = ColumnElement[Any]
_TYPES: dict[str, Any] = {INT: BigInteger(), DOUBLE: Double(), STRING: String(), BOOL: Boolean()}
# What Unicode calls white space.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_LONGEST_TEXT = 2**30  # characters, of the longest text that any of the databases holds
_INT64_END = 2.0**63


def truth_of(value: Sql) -> ColumnElement[bool]:
    """A truth value as a condition; NULL stays NULL."""
    return value == true()


def by_code_points(text: Sql, dialect: str) -> Sql:
    """A text that is ordered by code points, not by the language of a PostgreSQL server."""
    return collate(text, "C") if dialect == "postgresql" else text


def exact(text: Sql, dialect: str) -> Sql:
    """A text in which case counts, also in columns of MySQL databases that others made."""
    return collate(_utf8(text), "utf8mb4_bin") if dialect == "mysql" else text


@dataclass(frozen=True)
class FilterFunctions:
    """The functions in the SQL of a dialect. Arguments have the types that ``filter_types`` says."""

    dialect: str

    def call(self, name: str, arguments: Sequence[Any], type_: str) -> Sql:
        """A call of a function whose result has this type. An argument that must be a constant is its value."""
        return _typed(_CALLS[name](self, *arguments), type_)

    def null(self, type_: str) -> Sql:
        """NULL of a type, which PostgreSQL wants to know."""
        return cast(null(), _TYPES[type_]) if self.dialect == "postgresql" else null()

    def double(self, number: Sql) -> Sql:
        """A number as FLOAT64."""
        if self.dialect == "mysql":  # older servers cannot cast to it
            return number.op("*")(literal_column("1e0")).self_group()
        return cast(number, Double)

    def cast(self, value: Sql, source: str, goal: str) -> Sql:
        """A value of one type as another."""
        if source == goal:
            return value
        casts: dict[tuple[str, str], Callable[[], Sql]] = {
            (INT, DOUBLE): lambda: self.double(value),
            (INT, STRING): lambda: self._digits(value),
            (INT, BOOL): lambda: value != 0,
            (DOUBLE, INT): lambda: self._whole(self._round(value)),
            (STRING, INT): lambda: self._integer(value),
            (STRING, DOUBLE): lambda: self._number(value),
            (STRING, BOOL): lambda: case(
                (self._lower(value) == "true", true()), (self._lower(value) == "false", false())
            ),
            (BOOL, INT): lambda: case((value, 1), (not_(value), 0)),
            (BOOL, STRING): lambda: case((value, literal("true")), (not_(value), literal("false"))),
        }
        return _typed(casts[source, goal](), goal)

    # ---- texts

    def _lower(self, text: Sql) -> Sql:
        return self._in_case("lower", text)

    def _upper(self, text: Sql) -> Sql:
        return self._in_case("upper", text)

    def _in_case(self, name: str, text: Sql) -> Sql:
        if self.dialect == "sqlite":  # which knows the case of ASCII only
            return _called(f"gristmill_{name}", text)
        if self.dialect == "postgresql":  # where the case of letters is the server's language's
            return by_code_points(_called(name, collate(text, "und-x-icu")), self.dialect)
        return _called(name, text)

    def _length(self, text: Sql) -> Sql:
        return func.length(text) if self.dialect == "sqlite" else func.char_length(text)

    def _concat(self, *texts: Sql) -> Sql:
        if self.dialect == "mysql":
            return func.concat(*texts)
        return reduce(lambda left, right: left.op("||")(right), texts).self_group()

    def _substr(self, text: Sql, position: Sql, length: Sql | None = None) -> Sql:
        most = literal(_LONGEST_TEXT) if length is None else length
        if self.dialect == "sqlite":
            return func.gristmill_substr(text, position, most)
        size = func.char_length(text)
        start: Sql = case(
            (position > 0, position), (or_(position == 0, position < -size), 1), else_=size + position + 1
        )
        count: Sql = case((most >= 0, most))
        if self.dialect == "postgresql":
            start, count = (cast(_at_most(number, _LONGEST_TEXT), Integer) for number in (start, count))
        return func.substr(text, start, count)

    def _trim(self, text: Sql, characters: str = _SPACES) -> Sql:
        return self._trimmed(text, characters, "trim", "btrim", "^{0}+|{0}+\\z")

    def _ltrim(self, text: Sql, characters: str = _SPACES) -> Sql:
        return self._trimmed(text, characters, "ltrim", "ltrim", "^{0}+")

    def _rtrim(self, text: Sql, characters: str = _SPACES) -> Sql:
        return self._trimmed(text, characters, "rtrim", "rtrim", "{0}+\\z")

    def _trimmed(self, text: Sql, characters: str, on_sqlite: str, on_postgresql: str, pattern: str) -> Sql:
        if self.dialect != "mysql":
            return _called(on_sqlite if self.dialect == "sqlite" else on_postgresql, text, characters)
        # MySQL's own TRIM removes a text, not any of its characters.
        one = "".join(f"\\x{{{ord(each):x}}}" for each in characters)
        return func.regexp_replace(text, "(?-i)" + pattern.format(f"[{one}]"), "") if one else text

    def _replace(self, text: Sql, old: Sql, new: Sql) -> Sql:
        return func.replace(text, old, new)

    def _starts_with(self, text: Sql, start: Sql) -> Sql:
        if self.dialect == "sqlite":
            return func.gristmill_starts_with(text, start)
        return self._are_same(func.left(text, func.char_length(start)), start)

    def _ends_with(self, text: Sql, end: Sql) -> Sql:
        if self.dialect == "sqlite":
            return func.gristmill_ends_with(text, end)
        return self._are_same(func.right(text, func.char_length(end)), end)

    def _are_same(self, left: Sql, right: Sql) -> Sql:
        if self.dialect == "mysql":  # bytes, since its texts may ignore case and spaces at the end
            left, right = (cast(_utf8(text), LargeBinary) for text in (left, right))
        return left == right

    def _strpos(self, text: Sql, part: Sql) -> Sql:
        if self.dialect == "mysql":
            return func.locate(exact(part, self.dialect), exact(text, self.dialect))
        return func.instr(text, part) if self.dialect == "sqlite" else func.strpos(text, part)

    # ---- numbers

    def _abs(self, number: Sql) -> Sql:
        return func.abs(number)

    def _mod(self, left: Sql, right: Sql) -> Sql:
        divisor = func.nullif(right, 0)
        return left.op("%")(divisor).self_group() if self.dialect == "sqlite" else func.mod(left, divisor)

    def _div(self, left: Sql, right: Sql) -> Sql:
        return left.op("DIV" if self.dialect == "mysql" else "/")(func.nullif(right, 0)).self_group()

    def divide(self, left: Sql, right: Sql) -> Sql:
        """FLOAT64 by FLOAT64; NULL by zero."""
        return left.op("/")(func.nullif(right, 0)).self_group()

    def _floor(self, number: Sql) -> Sql:
        return func.gristmill_floor(number) if self.dialect == "sqlite" else func.floor(number)

    def _ceil(self, number: Sql) -> Sql:
        return -self._floor(-number)

    def _trunc(self, number: Sql) -> Sql:
        return self._signed(number, self._floor(func.abs(number)))

    def _round(self, number: Sql, places: int = 0) -> Sql:
        """Half away from zero, which databases do not agree on."""
        if places > 300:
            return number
        if places:
            scale = literal(10.0 ** min(abs(places), 300))
            up, down = number * scale, number.op("/")(scale).self_group()
            rounded = self._round(up if places > 0 else down)
            return rounded.op("/")(scale).self_group() if places > 0 else rounded * scale
        size = func.abs(number)
        whole = self._floor(size)
        return self._signed(number, whole + case((size - whole >= 0.5, 1.0), else_=0.0))

    @staticmethod
    def _signed(number: Sql, size: Sql) -> Sql:
        return case((number < 0, -size), else_=size)

    def _whole(self, number: Sql) -> Sql:
        """A FLOAT64 without fraction as INT64; NULL when it has more than 64 bits."""
        return case((and_(number >= -_INT64_END, number < _INT64_END), cast(number, BigInteger)))

    def _digits(self, number: Sql) -> Sql:
        # On MySQL a text that yields to the collation of those beside it, which the result of a cast does not.
        return func.concat(number, "") if self.dialect == "mysql" else cast(number, Text)

    def _integer(self, text: Sql) -> Sql:
        if self.dialect == "sqlite":
            return func.gristmill_integer(text)
        number = cast(text, Numeric(38, 0))
        fits = case((number.between(-(2**63), 2**63 - 1), cast(text, BigInteger)))
        return case((self._is_like(text, INTEGER_TEXT), fits))

    def _number(self, text: Sql) -> Sql:
        if self.dialect == "sqlite":
            return func.gristmill_number(text)
        return case((self._is_like(text, NUMBER_TEXT), self.double(text)))

    def _is_like(self, text: Sql, pattern: str) -> Sql:
        end = r"\z" if self.dialect == "mysql" else "$"
        return text.op("REGEXP" if self.dialect == "mysql" else "~", is_comparison=True)(literal(f"^{pattern}{end}"))

    # ---- any type

    def _greatest(self, *values: Sql) -> Sql:
        return self._extreme("max", "greatest", values)

    def _least(self, *values: Sql) -> Sql:
        return self._extreme("min", "least", values)

    def _extreme(self, on_sqlite: str, elsewhere: str, values: Sequence[Sql]) -> Sql:
        if len(values) == 1:
            return values[0]
        found = _called(on_sqlite if self.dialect == "sqlite" else elsewhere, *values)
        # PostgreSQL passes over NULL.
        return case((and_(*(value.is_not(None) for value in values)), found)) if self.dialect == "postgresql" else found

    def _coalesce(self, *values: Sql) -> Sql:
        return func.coalesce(*values) if len(values) > 1 else values[0]

    def _nullif(self, left: Sql, right: Sql) -> Sql:
        return func.nullif(left, right)

    def _if(self, condition: Sql, then: Sql, otherwise: Sql) -> Sql:
        return case((condition, then), else_=otherwise)


def _utf8(text: Sql) -> Sql:
    return func.convert(text.op("USING")(literal_column("utf8mb4")))


def grouped(condition: ColumnElement[Any]) -> Sql:
    """A condition in parentheses, to stand where a value does: databases differ in the precedence of comparisons."""
    return Grouping(condition)


def _typed(sql: Sql, type_: str) -> Sql:
    return grouped(sql) if type_ == BOOL else type_coerce(sql, _TYPES[type_])


def _called(name: str, *arguments: Any) -> Sql:
    """A call of a function of the database."""
    found: Sql = getattr(func, name)(*arguments)
    return found


def _at_most(number: Sql, bound: int) -> Sql:
    """The number, or the bound; unlike LEAST, NULL for NULL on PostgreSQL."""
    return case((number > bound, bound), else_=number)


_CALLS: dict[str, Callable[..., Sql]] = {
    "ABS": FilterFunctions._abs,
    "CEIL": FilterFunctions._ceil,
    "CEILING": FilterFunctions._ceil,
    "CHARACTER_LENGTH": FilterFunctions._length,
    "CHAR_LENGTH": FilterFunctions._length,
    "COALESCE": FilterFunctions._coalesce,
    "CONCAT": FilterFunctions._concat,
    "DIV": FilterFunctions._div,
    "ENDS_WITH": FilterFunctions._ends_with,
    "FLOOR": FilterFunctions._floor,
    "GREATEST": FilterFunctions._greatest,
    "IF": FilterFunctions._if,
    "IFNULL": FilterFunctions._coalesce,
    "LEAST": FilterFunctions._least,
    "LENGTH": FilterFunctions._length,
    "LOWER": FilterFunctions._lower,
    "LTRIM": FilterFunctions._ltrim,
    "MOD": FilterFunctions._mod,
    "NULLIF": FilterFunctions._nullif,
    "REPLACE": FilterFunctions._replace,
    "ROUND": FilterFunctions._round,
    "RTRIM": FilterFunctions._rtrim,
    "SAFE_DIVIDE": FilterFunctions.divide,
    "STARTS_WITH": FilterFunctions._starts_with,
    "STRPOS": FilterFunctions._strpos,
    "SUBSTR": FilterFunctions._substr,
    "SUBSTRING": FilterFunctions._substr,
    "TRIM": FilterFunctions._trim,
    "TRUNC": FilterFunctions._trunc,
    "UPPER": FilterFunctions._upper,
}
