"""The filter language: its types, and what each of its functions takes and gives (names and types are GoogleSQL's)."""

from __future__ import annotations

from dataclasses import dataclass

from gristmill.did_you_mean import did_you_mean
from gristmill.metadata.filter_tokens import invalid
from gristmill.metadata.filter_tree import Call, Cast, Expression, Literal, children

__all__ = [
    "ANY",
    "BOOL",
    "CASTS",
    "DOUBLE",
    "INT",
    "NULL",
    "NUMBER",
    "NUMBERS",
    "STRING",
    "Signature",
    "check_size",
    "constant_of",
    "signature_of",
    "type_named",
]

INT, DOUBLE, STRING, BOOL, NULL = "INT64", "DOUBLE", "STRING", "BOOL", "NULL"
NUMBERS = frozenset({INT, DOUBLE})
ANY, NUMBER = "one type", "a number"
"""As the type of parameters: all arguments of these parameters have one type, which the result may have too."""

_TYPE_NAMES = {"INT64": INT, "FLOAT64": DOUBLE, "DOUBLE": DOUBLE, "STRING": STRING, "BOOL": BOOL, "BOOLEAN": BOOL}
CASTS = frozenset(
    {
        *((type_, type_) for type_ in (INT, DOUBLE, STRING, BOOL)),
        *((INT, DOUBLE), (INT, STRING), (INT, BOOL), (DOUBLE, INT)),
        *((STRING, INT), (STRING, DOUBLE), (STRING, BOOL), (BOOL, INT), (BOOL, STRING)),
    }
)
"""From and to; a FLOAT64 is not written as STRING, which no two databases do alike."""

_LARGEST = 50_000  # pieces of SQL, which is far above what people write, and compiles in seconds


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives.

    Attributes:
        parameters: their types.
        result: its type.
        optional: so many of the last arguments may be left out.
        repeats: the last argument may be given again and again.
        is_last_constant: the last of all parameters takes a literal only.
        copies: how often the function's SQL may write one argument.
    """

    parameters: tuple[str, ...]
    result: str
    optional: int = 0
    repeats: bool = False
    is_last_constant: bool = False
    copies: int = 1

    def parameter(self, position: int) -> str:
        """The type of an argument."""
        return self.parameters[min(position, len(self.parameters) - 1)]

    def takes(self, count: int) -> bool:
        """Whether so many arguments are right."""
        return count >= len(self.parameters) - self.optional and (self.repeats or count <= len(self.parameters))


_LENGTH = Signature((STRING,), INT)
_SUBSTR = Signature((STRING, INT, INT), STRING, optional=1, copies=8)
_TRIM = Signature((STRING, STRING), STRING, optional=1, is_last_constant=True)
_IS_END = Signature((STRING, STRING), BOOL, copies=2)
_REMAINDER = Signature((INT, INT), INT)
_WHOLE = Signature((DOUBLE,), DOUBLE, copies=3)
_EXTREME = Signature((ANY,), ANY, repeats=True, copies=2)
_SIGNATURES = {
    "ABS": Signature((NUMBER,), NUMBER),
    "CEIL": _WHOLE,
    "CEILING": _WHOLE,
    "CHARACTER_LENGTH": _LENGTH,
    "CHAR_LENGTH": _LENGTH,
    "COALESCE": Signature((ANY,), ANY, repeats=True),
    "CONCAT": Signature((STRING,), STRING, repeats=True),
    "DIV": _REMAINDER,
    "ENDS_WITH": _IS_END,
    "FLOOR": _WHOLE,
    "GREATEST": _EXTREME,
    "IF": Signature((BOOL, ANY, ANY), ANY),
    "IFNULL": Signature((ANY, ANY), ANY),
    "LEAST": _EXTREME,
    "LENGTH": _LENGTH,
    "LOWER": Signature((STRING,), STRING),
    "LTRIM": _TRIM,
    "MOD": _REMAINDER,
    "NULLIF": Signature((ANY, ANY), ANY),
    "REPLACE": Signature((STRING, STRING, STRING), STRING),
    "ROUND": Signature((DOUBLE, INT), DOUBLE, optional=1, is_last_constant=True, copies=7),
    "RTRIM": _TRIM,
    "SAFE_DIVIDE": Signature((DOUBLE, DOUBLE), DOUBLE),
    "STARTS_WITH": _IS_END,
    "STRPOS": Signature((STRING, STRING), INT),
    "SUBSTR": _SUBSTR,
    "SUBSTRING": _SUBSTR,
    "TRIM": _TRIM,
    "TRUNC": _WHOLE,
    "UPPER": Signature((STRING,), STRING),
}
_COPIES_OF_CAST = 21


def signature_of(call: Call) -> Signature:
    """What a function takes and gives.

    Raises:
        InvalidArgumentError: there is no such function, or it takes another number of arguments.
    """
    found = _SIGNATURES.get(call.function)
    if found is None:
        hint = did_you_mean(call.function, sorted(_SIGNATURES), "functions")
        if call.function.startswith("REGEXP_"):
            hint = "databases read patterns differently; use LIKE, STARTS_WITH, ENDS_WITH or STRPOS"
        raise invalid("there is no such function in filters", call.at, value=call.function, hint=hint)
    if not found.takes(len(call.arguments)):
        raise invalid(
            f"{call.function} does not take {len(call.arguments)} arguments", call.at, hint=_usage(call.function, found)
        )
    return found


def constant_of(call: Call, signature: Signature) -> Literal | None:
    """The argument that must be a constant; None when it is left out, or none must.

    Raises:
        InvalidArgumentError: it is no literal, or NULL.
    """
    if not signature.is_last_constant or len(call.arguments) < len(signature.parameters):
        return None
    last = call.arguments[-1]
    if not isinstance(last, Literal) or last.value is None:
        raise invalid(f"the last argument of {call.function} is a constant", last.at)
    return last


def type_named(cast: Cast) -> str:
    """The type that a cast is to.

    Raises:
        InvalidArgumentError: there is no such type.
    """
    if cast.type not in _TYPE_NAMES:
        raise invalid(
            "there is no such type in filters",
            cast.at,
            value=cast.type,
            hint=did_you_mean(cast.type, sorted(_TYPE_NAMES), "types"),
        )
    return _TYPE_NAMES[cast.type]


def check_size(tree: Expression) -> None:
    """Refuses what would make SQL of immense size, as calls do whose SQL writes an argument several times.

    Raises:
        InvalidArgumentError: it is too large.
    """
    if _size(tree) > _LARGEST:
        raise invalid("the filter is too large: it nests too many calls, or lists too much", tree.at)


def _size(tree: Expression) -> int:
    copies = _COPIES_OF_CAST if isinstance(tree, Cast) else 1
    if isinstance(tree, Call) and tree.function in _SIGNATURES:
        copies = _SIGNATURES[tree.function].copies
    return 1 + copies * sum(map(_size, children(tree)))


def _usage(function: str, signature: Signature) -> str:
    types = list(signature.parameters)
    required = len(types) - signature.optional
    shown = [*types[:required], *(f"[{type_}]" for type_ in types[required:]), *["…"] * signature.repeats]
    return f"{function}({', '.join(shown)})"
