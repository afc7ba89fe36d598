"""The filter language: text to a tree. A boolean expression with GoogleSQL's tokens and precedence.

    or:          and (OR and)*
    and:         not (AND not)*
    not:         NOT not | comparison
    comparison:  sum [= != <> < <= > >= sum | [NOT] LIKE sum | [NOT] IN (sum, …) | [NOT] BETWEEN sum AND sum
                 | IS [NOT] NULL]
    sum:         product (+|- product)*
    product:     unary (*|/ unary)*
    unary:       - unary | literal | name(.name)* | ( or )

Keywords are case-insensitive. Strings stand in single or double quotes, names of odd characters in backticks.
Filters are only ever parsed; no part of the text reaches a database but as a bound value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gristmill.metadata import errors

__all__ = [
    "Arithmetic",
    "Comparison",
    "Expression",
    "IsNull",
    "Like",
    "Literal",
    "Logical",
    "Membership",
    "Name",
    "Not",
    "invalid",
    "parse",
]

_DEEPEST = 50  # nested parentheses, NOT and minus signs: far more than people write, far below Python's recursion limit
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Literal:
    """A number, string, truth value or NULL."""

    value: int | float | str | bool | None
    at: int


@dataclass(frozen=True)
class Name:
    """A name with its dotted parts."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Arithmetic:
    """``left operator right`` with + - * /; a unary minus is ``0 - right``."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Comparison:
    """``left operator right`` with = != < <= > >=."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Like:
    """``operand LIKE pattern``."""

    operand: Expression
    pattern: Expression
    at: int


@dataclass(frozen=True)
class Membership:
    """``operand [NOT] IN (options)``."""

    operand: Expression
    options: tuple[Expression, ...]
    negated: bool
    at: int


@dataclass(frozen=True)
class IsNull:
    """``operand IS NULL``."""

    operand: Expression
    at: int


@dataclass(frozen=True)
class Not:
    """``NOT operand``."""

    operand: Expression
    at: int


@dataclass(frozen=True)
class Logical:
    """Two or more parts joined by AND or OR."""

    operator: str
    parts: tuple[Expression, ...]
    at: int


Expression = Literal | Name | Arithmetic | Comparison | Like | Membership | IsNull | Not | Logical


def invalid(rule: str, at: int, *, value: object = None, hint: str | None = None) -> errors.InvalidArgumentError:
    """The error for a filter that breaks a rule at a character (0-based)."""
    return errors.InvalidArgumentError(f"Invalid `filter_query`: {rule} [at 1:{at + 1}]", value=value, hint=hint)


def parse(text: str) -> Expression:
    """Reads a filter.

    Raises:
        InvalidArgumentError: it is no expression of the language; the message names the place.
    """
    return _Parser(_tokens(text)).whole()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def keyword(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number> 0[xX][0-9a-fA-F]+ | (?: \d+\.?\d* | \.\d+ ) (?: [eE][+-]?\d+ )? )
    | (?P<string> [rR]? (?: "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' ) )
    | `(?P<quoted> [^`\n]+ )`
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<symbol> <= | >= | != | <> | [=<>()+\-*/.,] )
    | (?P<end> \Z )
    )""",
    re.VERBOSE,
)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            start = len(text) - len(text[at:].lstrip())
            raise invalid("this is no part of an expression", start, value=text[start : start + 20])
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return tokens


_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_RESERVED = frozenset({"AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "NULL", "TRUE", "FALSE"})


class _Parser:
    """Recursive descent over the tokens, one method a rule."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._or()
        if self._peek().kind != "end":
            raise invalid("the expression should end here", self._peek().at, value=self._peek().text)
        return expression

    def _or(self) -> Expression:
        return self._joined("OR", self._and)

    def _and(self) -> Expression:
        return self._joined("AND", self._not)

    def _joined(self, operator: str, part: Callable[[], Expression]) -> Expression:
        at = self._peek().at
        parts = [part()]
        while self._accept_keyword(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logical(operator, tuple(parts), at)

    def _not(self) -> Expression:
        at = self._peek().at
        if self._accept_keyword("NOT"):
            return Not(self._deeper(self._not), at)
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        token = self._peek()
        if token.kind == "symbol" and token.text in _COMPARISONS:
            self._next += 1
            return Comparison(_COMPARISONS[token.text], left, self._sum(), token.at)
        if self._accept_keyword("IS"):
            negated = self._accept_keyword("NOT")
            self._expect_keyword("NULL")
            return self._negate(IsNull(left, token.at), negated)
        negated = self._accept_keyword("NOT")
        if self._accept_keyword("LIKE"):
            return self._negate(Like(left, self._sum(), token.at), negated)
        if self._accept_keyword("IN"):
            return Membership(left, self._options(), negated, token.at)
        if self._accept_keyword("BETWEEN"):
            return self._negate(self._between(left, token.at), negated)
        if negated:
            raise invalid("after NOT follows LIKE, IN or BETWEEN", self._peek().at, value=self._peek().text)
        return left

    def _between(self, operand: Expression, at: int) -> Expression:
        low = self._sum()
        self._expect_keyword("AND")
        high = self._sum()
        return Logical("AND", (Comparison(">=", operand, low, at), Comparison("<=", operand, high, at)), at)

    @staticmethod
    def _negate(expression: Expression, negated: bool) -> Expression:
        return Not(expression, expression.at) if negated else expression

    def _options(self) -> tuple[Expression, ...]:
        self._expect_symbol("(")
        options = [self._sum()]
        while self._accept_symbol(","):
            options.append(self._sum())
        self._expect_symbol(")")
        return tuple(options)

    def _sum(self) -> Expression:
        return self._chain("+-", self._product)

    def _product(self) -> Expression:
        return self._chain("*/", self._unary)

    def _chain(self, operators: str, part: Callable[[], Expression]) -> Expression:
        left = part()
        while self._peek().kind == "symbol" and self._peek().text in operators:
            token = self._take()
            left = Arithmetic(token.text, left, part(), token.at)
        return left

    def _unary(self) -> Expression:
        token = self._peek()
        if not self._accept_symbol("-"):
            return self._primary()
        operand = self._deeper(self._unary)
        if isinstance(operand, Literal) and isinstance(operand.value, int | float):
            return Literal(_in_range(-operand.value, token.at), token.at)
        return Arithmetic("-", Literal(0, token.at), operand, token.at)

    def _primary(self) -> Expression:
        token = self._take()
        if token.kind == "symbol" and token.text == "(":
            inner = self._deeper(self._or)
            self._expect_symbol(")")
            return inner
        if token.kind == "number":
            return Literal(self._number(token), token.at)
        if token.kind == "string":
            return Literal(_unquoted(token), token.at)
        if token.keyword in ("TRUE", "FALSE", "NULL"):
            return Literal({"TRUE": True, "FALSE": False, "NULL": None}[token.keyword], token.at)
        if token.kind == "quoted" or (token.kind == "word" and token.keyword not in _RESERVED):
            return self._name(token)
        raise invalid("a value or a name is expected", token.at, value=token.text or "end of the filter")

    def _name(self, first: _Token) -> Name:
        parts = [first.text]
        while self._accept_symbol("."):
            token = self._take()
            if token.kind not in ("word", "quoted"):
                raise invalid("a name is expected after the dot", token.at, value=token.text)
            parts.append(token.text)
        if self._peek().text == "(" and self._peek().kind == "symbol":
            raise invalid("functions are not known in filters", first.at, value=first.text)
        return Name(tuple(parts), first.at)

    def _number(self, token: _Token) -> int | float:
        if token.text[:2].lower() == "0x":
            return _in_range(int(token.text, 16), token.at, before=self._tokens[self._next - 2])
        if token.text.isdigit():
            return _in_range(int(token.text), token.at, before=self._tokens[self._next - 2])
        return float(token.text)

    def _deeper(self, rule: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise invalid(f"a filter nests at most {_DEEPEST} deep", self._peek().at)
        inner = rule()
        self._depth -= 1
        return inner

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _accept_keyword(self, keyword: str) -> bool:
        found = self._peek().keyword == keyword
        self._next += found
        return found

    def _accept_symbol(self, symbol: str) -> bool:
        found = self._peek().kind == "symbol" and self._peek().text == symbol
        self._next += found
        return found

    def _expect_keyword(self, keyword: str) -> None:
        if not self._accept_keyword(keyword):
            raise invalid(f"{keyword} is expected", self._peek().at, value=self._peek().text)

    def _expect_symbol(self, symbol: str) -> None:
        if not self._accept_symbol(symbol):
            raise invalid(f"{symbol!r} is expected", self._peek().at, value=self._peek().text)


def _in_range(number: int | float, at: int, *, before: _Token | None = None) -> int | float:
    # 2**63 is fine behind a minus sign, which _unary then applies.
    behind_minus = before is not None and before.kind == "symbol" and before.text == "-"
    if isinstance(number, int) and (-number if behind_minus else number) not in _INT64:
        raise invalid("an integer must fit into 64 bits", at, value=number)
    return number


_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\?\"'`"}


def _unquoted(token: _Token) -> str:
    if token.text[0] in "rR":
        return token.text[2:-1]

    def replaced(match: re.Match[str]) -> str:
        octal, two, four, eight, plain = match.groups()
        try:
            if plain is not None:
                return _ESCAPED[plain]
            return chr(int(octal, 8) if octal else int(two or four or eight, 16))
        except (KeyError, ValueError, OverflowError):
            raise invalid("this escape sequence is not known", token.at, value=match[0]) from None

    return _ESCAPE.sub(replaced, token.text[1:-1])
