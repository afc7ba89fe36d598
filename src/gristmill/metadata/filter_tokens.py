"""The filter language: text to tokens, as GoogleSQL cuts it, and what literals mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gristmill.metadata import errors
from gristmill.metadata.texts import HALF_A_PAIR, HALF_A_PAIR_HINT

__all__ = ["Token", "check_encodable", "invalid", "number_of", "string_of", "tokens_of"]

_INT64 = range(-(2**63), 2**63)


def invalid(rule: str, at: int, *, value: object = None, hint: str | None = None) -> errors.InvalidArgumentError:
    """The error for a filter that breaks a rule at a character (0-based)."""
    return errors.InvalidArgumentError(f"Invalid `filter_query`: {rule} [at 1:{at + 1}]", value=value, hint=hint)


@dataclass(frozen=True)
class Token:
    """A piece of a filter.

    Attributes:
        kind: ``number``, ``string``, ``quoted`` (a name in backticks, without them), ``word``, ``symbol`` or ``end``.
        text: as it was written.
        at: where, counted from 0.
    """

    kind: str
    text: str
    at: int

    @property
    def keyword(self) -> str:
        """A word in capitals, empty for other tokens."""
        return self.text.upper() if self.kind == "word" else ""

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these symbols."""
        return self.kind == "symbol" and self.text in symbols


_BETWEEN_TOKENS = re.compile(r"(?: \s+ | \#[^\n]* | --[^\n]* | /\*.*?\*/ )*", re.VERBOSE | re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<number> 0[xX][0-9a-fA-F]+ | (?: [0-9]+\.?[0-9]* | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<string> [rR]? (?: \"{3} (?:[^\\]|\\.)*? \"{3} | '{3} (?:[^\\]|\\.)*? '{3}
                          | " (?:[^"\\\n]|\\.)* " | ' (?:[^'\\\n]|\\.)* ' ) )
    | `(?P<quoted> [^`\n]+ )`
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<symbol> \|\| | <= | >= | != | <> | [=<>()+\-*/.,] )
    | (?P<end> \Z )
    """,
    re.VERBOSE | re.DOTALL,
)


def check_encodable(text: str) -> None:
    """Refuses a filter that is no text which a database or a message could hold.

    Raises:
        InvalidArgumentError: it has half of a surrogate pair; the message names the place.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise invalid(HALF_A_PAIR, error.start, hint=HALF_A_PAIR_HINT) from None


def tokens_of(text: str) -> list[Token]:
    """The tokens of a filter, the end as the last; spaces and comments (``--``, ``#``, ``/* */``) only part them.

    Raises:
        InvalidArgumentError: some of the text is no token; the message names the place.
    """
    check_encodable(text)
    tokens: list[Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        between = _BETWEEN_TOKENS.match(text, at)
        start = between.end() if between else at
        match = _TOKEN.match(text, start)
        if match is None or match.lastgroup is None:
            hint = "the quote is not closed" if text[start] in "\"'`" else None
            raise invalid("this is no part of an expression", start, value=text[start : start + 20], hint=hint)
        tokens.append(Token(match.lastgroup, match[match.lastgroup], start))
        at = match.end()
    return tokens


def number_of(token: Token, *, is_negative: bool) -> int | float:
    """The number that a token writes; behind a minus sign it may be 2**63, which INT64 holds only as a negative one."""
    text = token.text.lower()
    if not (text.isdecimal() or text.startswith("0x")):
        return -float(text) if is_negative else float(text)
    digits = text.removeprefix("0x")
    # Python refuses to read numbers of thousands of digits, which are none of ours either.
    number = int(digits, 16 if len(digits) < len(text) else 10) if len(digits) <= 1000 else 2**64
    if (-number if is_negative else number) not in _INT64:
        raise invalid("an integer must fit into 64 bits", token.at, value=token.text[:30])
    return -number if is_negative else number


_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\?\"'`"}


def string_of(token: Token) -> str:
    """The string that a token writes."""
    is_raw = token.text[0] in "rR"
    quoted = token.text[is_raw:]
    marks = 3 if len(quoted) >= 6 and quoted[:3] in ('"""', "'''") else 1
    content = quoted[marks:-marks]

    def replaced(match: re.Match[str]) -> str:
        octal, two, four, eight, plain = match.groups()
        try:
            character = _ESCAPED[plain] if plain else chr(int(octal, 8) if octal else int(two or four or eight, 16))
            character.encode()  # half of a surrogate pair is no character
        except (KeyError, ValueError, OverflowError):
            raise invalid("this escape sequence is not known", token.at, value=match[0]) from None
        return character

    return content if is_raw else _ESCAPE.sub(replaced, content)
