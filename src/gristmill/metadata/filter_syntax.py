"""The filter language: text to a tree. A boolean expression with GoogleSQL's tokens and precedence.

    or:          and (OR and)*
    and:         not (AND not)*
    not:         NOT not | comparison
    comparison:  sum [= != <> < <= > >= sum | [NOT] LIKE sum | [NOT] IN (sum, …) | [NOT] BETWEEN sum AND sum
                 | IS [NOT] NULL | IS [NOT] TRUE | IS [NOT] FALSE | IS [NOT] DISTINCT FROM sum]
    sum:         product (+|- product)*
    product:     unary (*|/|"||" unary)*
    unary:       -|+ unary | literal | name(.name)* | name(or, …) | CAST(or AS name) | ( or )

Keywords and the names of functions are case-insensitive. Strings stand in single or double quotes, also tripled; names
of odd characters in backticks. Filters are only ever parsed: no part of the text reaches a database but as a bound
value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gristmill.metadata.filter_tokens import Token, invalid, number_of, string_of, tokens_of
from gristmill.metadata.filter_tree import (
    Arithmetic,
    Between,
    Call,
    Cast,
    Comparison,
    Distinct,
    Expression,
    IsNull,
    IsTruth,
    Like,
    Literal,
    Logical,
    Membership,
    Name,
    Not,
)

__all__ = ["parse"]

Part = TypeVar("Part")

_DEEPEST = (
    50  # nested parentheses, calls, NOT and signs: far more than people write, far below Python's recursion limit
)
_LONGEST = 100  # operators in a row, each of which nests in the tree
_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_RESERVED = frozenset({"AND", "AS", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "DISTINCT", "FROM", *_CONSTANTS})


def parse(text: str) -> Expression:
    """Reads a filter.

    Raises:
        InvalidArgumentError: it is no expression of the language; the message names the place.
    """
    return _Parser(tokens_of(text)).whole()


class _Parser:
    """Recursive descent over the tokens, one method a rule."""

    def __init__(self, tokens: list[Token]) -> None:
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

    # ---- comparisons

    def _comparison(self) -> Expression:
        left = self._sum()
        token = self._peek()
        if token.is_symbol(*_COMPARISONS):
            self._take()
            return Comparison(_COMPARISONS[token.text], left, self._sum(), token.at)
        if self._accept_keyword("IS"):
            negated = self._accept_keyword("NOT")
            return self._negate(self._is(left, token.at), negated)
        negated = self._accept_keyword("NOT")
        if self._accept_keyword("LIKE"):
            return self._negate(Like(left, self._sum(), token.at), negated)
        if self._accept_keyword("IN"):
            return Membership(left, self._list(self._sum), negated, token.at)
        if self._accept_keyword("BETWEEN"):
            return self._negate(self._between(left, token.at), negated)
        if negated:
            raise invalid("after NOT follows LIKE, IN or BETWEEN", self._peek().at, value=self._peek().text)
        return left

    def _is(self, operand: Expression, at: int) -> Expression:
        if self._accept_keyword("DISTINCT"):
            self._expect_keyword("FROM")
            return Distinct(operand, self._sum(), at)
        token = self._take()
        if token.keyword not in _CONSTANTS:
            raise invalid("after IS follows NULL, TRUE, FALSE or DISTINCT FROM", token.at, value=token.text)
        value = _CONSTANTS[token.keyword]
        return IsNull(operand, at) if value is None else IsTruth(operand, value, at)

    def _between(self, operand: Expression, at: int) -> Expression:
        low = self._sum()
        self._expect_keyword("AND")
        return Between(operand, low, self._sum(), at)

    @staticmethod
    def _negate(expression: Expression, negated: bool) -> Expression:
        return Not(expression, expression.at) if negated else expression

    def _list(self, part: Callable[[], Expression]) -> tuple[Expression, ...]:
        self._expect_symbol("(")
        parts = [part()]
        while self._accept_symbol(","):
            parts.append(part())
        self._expect_symbol(")")
        return tuple(parts)

    # ---- values

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._chain(("*", "/", "||"), self._unary)

    def _chain(self, operators: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        left = part()
        for _ in range(_LONGEST):
            token = self._peek()
            if not token.is_symbol(*operators):
                return left
            self._take()
            right = part()
            is_call = token.text == "||"
            left = Call("CONCAT", (left, right), token.at) if is_call else Arithmetic(token.text, left, right, token.at)
        raise invalid(f"a sum, product or text has at most {_LONGEST} operators in a row", self._peek().at)

    def _unary(self) -> Expression:
        sign = self._peek()
        if not (self._accept_symbol("-") or self._accept_symbol("+")):
            return self._primary()
        if self._peek().kind == "number":
            token = self._take()
            return Literal(number_of(token, is_negative=sign.text == "-"), sign.at)
        return Arithmetic(sign.text, Literal(0, sign.at), self._deeper(self._unary), sign.at)

    def _primary(self) -> Expression:
        token = self._take()
        if token.is_symbol("("):
            inner = self._deeper(self._or)
            self._expect_symbol(")")
            return inner
        if token.kind == "number":
            return Literal(number_of(token, is_negative=False), token.at)
        if token.kind == "string":
            return Literal(string_of(token), token.at)
        if token.keyword in _CONSTANTS:
            return Literal(_CONSTANTS[token.keyword], token.at)
        if token.kind == "quoted" or (token.kind == "word" and token.keyword not in _RESERVED):
            return self._call(token) if self._peek().is_symbol("(") else self._name(token)
        hint = "a single = compares" if token.is_symbol("=") else None
        raise invalid("a value or a name is expected", token.at, value=token.text or "end of the filter", hint=hint)

    def _call(self, name: Token) -> Expression:
        function = name.text.upper()
        if function in ("CAST", "SAFE_CAST"):
            return self._deeper(lambda: self._cast(name.at))
        if self._accept_empty_list():
            return Call(function, (), name.at)
        return Call(function, self._deeper(lambda: self._list(self._or)), name.at)

    def _accept_empty_list(self) -> bool:
        found = self._peek().is_symbol("(") and self._tokens[self._next + 1].is_symbol(")")
        self._next += 2 * found
        return found

    def _cast(self, at: int) -> Cast:
        self._expect_symbol("(")
        operand = self._or()
        self._expect_keyword("AS")
        token = self._take()
        if token.kind != "word":
            raise invalid("the name of a type is expected", token.at, value=token.text)
        self._expect_symbol(")")
        return Cast(operand, token.keyword, at)

    def _name(self, first: Token) -> Name:
        parts = [first.text]
        while self._accept_symbol("."):
            token = self._take()
            if token.kind not in ("word", "quoted"):
                raise invalid("a name is expected after the dot", token.at, value=token.text)
            parts.append(token.text)
        return Name(tuple(parts), first.at)

    # ---- tokens

    def _deeper(self, rule: Callable[[], Part]) -> Part:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise invalid(f"a filter nests at most {_DEEPEST} deep", self._peek().at)
        inner = rule()
        self._depth -= 1
        return inner

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _accept_keyword(self, keyword: str) -> bool:
        found = self._peek().keyword == keyword
        self._next += found
        return found

    def _accept_symbol(self, symbol: str) -> bool:
        found = self._peek().is_symbol(symbol)
        self._next += found
        return found

    def _expect_keyword(self, keyword: str) -> None:
        if not self._accept_keyword(keyword):
            raise invalid(f"{keyword} is expected", self._peek().at, value=self._peek().text)

    def _expect_symbol(self, symbol: str) -> None:
        if not self._accept_symbol(symbol):
            raise invalid(f"{symbol!r} is expected", self._peek().at, value=self._peek().text)
