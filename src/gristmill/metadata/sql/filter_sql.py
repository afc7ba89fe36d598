"""Filters as SQL conditions: names become columns, literals become bound values, types are checked first.

Each relation and property that a filter names is joined to the node once (an inner join, as published): a node that is
in no context never passes a filter that speaks of ``contexts_a``, whatever else the filter says. A type or a property
is joined in the query itself, so that one for the newest few stops at these; what may join several rows to a node is
in a subquery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, literal, not_, null, or_, select, true

from gristmill.did_you_mean import did_you_mean, near_name
from gristmill.metadata.filter_syntax import parse
from gristmill.metadata.filter_tokens import invalid
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
from gristmill.metadata.filter_types import (
    ANY,
    BOOL,
    CASTS,
    DOUBLE,
    INT,
    NULL,
    NUMBER,
    NUMBERS,
    STRING,
    check_size,
    constant_of,
    signature_of,
    type_named,
)
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.sql.filter_functions import FilterFunctions, by_code_points, exact, grouped, truth_of
from gristmill.metadata.sql.tables import Tables
from gristmill.proto.metadata_store_pb2 import Artifact, Event, Execution

__all__ = ["filtered"]

_STATES = {ARTIFACT.name: Artifact.State, EXECUTION.name: Execution.State}
_VALUES = {"int_value": INT, "double_value": DOUBLE, "string_value": STRING, "bool_value": BOOL}
_FIELDS = {
    "id": INT,
    "type_id": INT,
    "create_time_since_epoch": INT,
    "last_update_time_since_epoch": INT,
    "name": STRING,
    "external_id": STRING,
    "uri": STRING,
}
_EVENT_NUMBERS = ("artifact_id", "execution_id", "milliseconds_since_epoch")
_ORDERING = frozenset({"GREATEST", "LEAST"})
_Join = tuple[FromClause, ColumnElement[bool]]
_RELATION = re.compile(r"(contexts|parent_contexts|child_contexts|artifacts|executions|events)_\w+")


def filtered(query: Select[Any], tables: Tables, kind: NodeKind[Any, Any], text: str, dialect: str) -> Select[Any]:
    """A query of nodes that gives only those that pass a filter, each once.

    Raises:
        InvalidArgumentError: the filter cannot be read, names what does not exist, or mixes types.
    """
    tree = parse(text)
    check_size(tree)
    node = tables.of(kind).node
    compiler = _Compiler(tables, kind, dialect, node)
    where = compiler.truth(tree)
    if compiler.may_repeat:
        passing = select(node.c.id).select_from(_joined(node, compiler.joins)).where(where)
        return query.where(node.c.id.in_(passing.correlate(None)))
    for alias, on in compiler.joins:
        query = query.join(alias, on)
    return query.where(where)


def _joined(source: FromClause, joins: Iterable[_Join]) -> FromClause:
    for alias, on in joins:
        source = source.join(alias, on)
    return source


@dataclass(frozen=True)
class _Term:
    """A compiled expression: its SQL, its type, and for states and event types the enum that names their values."""

    sql: ColumnElement[Any]
    type: str
    enum: Any = None


@dataclass
class _Compiler:
    tables: Tables
    kind: NodeKind[Any, Any]
    dialect: str
    node: FromClause
    aliases: dict[tuple[str, ...], Any] = field(default_factory=dict)
    joins: list[_Join] = field(default_factory=list)
    may_repeat: bool = False  # whether a node has as many rows as it has events or contexts

    def __post_init__(self) -> None:
        self.functions = FilterFunctions(self.dialect)

    def truth(self, tree: Expression) -> ColumnElement[bool]:
        """A boolean condition."""
        match tree:
            case Logical(operator, parts):
                return (and_ if operator == "AND" else or_)(*[self.truth(part) for part in parts])
            case Not(operand):
                return not_(self.truth(operand))
            case Comparison():
                return self._comparison(tree)
            case Membership():
                return self._membership(tree)
            case Like():
                return self._like(tree)
            case IsNull(operand):
                return self._term(operand).sql.is_(None)
            case IsTruth(operand, value):
                return self.truth(operand).is_(true() if value else false())
            case Between():
                return self._between(tree)
            case Distinct(left, right):
                return self._distinct(left, right, tree.at)
            case Literal(bool() as value):
                return true() if value else false()
            case Literal(None):
                return truth_of(self.functions.null(BOOL))
        term = self._term(tree)
        if term.type != BOOL:
            raise invalid(f"a condition is expected here, this is {term.type}", tree.at)
        return truth_of(term.sql)

    def _comparison(self, tree: Comparison) -> ColumnElement[bool]:
        left, right = self._pair(tree.left, tree.right, tree.operator)
        _check_comparable(left, right, tree.operator, tree.at)
        if left.enum is not None or right.enum is not None:
            # Published: a state that was never set is different from every named one.
            same = left.sql == right.sql
            return same if tree.operator == "=" else left.sql.is_distinct_from(right.sql)
        sql = self._ordered(left) if tree.operator in ("<", "<=", ">", ">=") else left.sql
        return sql.op(tree.operator, is_comparison=True)(right.sql)

    def _between(self, tree: Between) -> ColumnElement[bool]:
        operand, low, high = (self._value(each) for each in (tree.operand, tree.low, tree.high))
        for bound in (low, high):
            _check_comparable(operand, bound, "BETWEEN", tree.at)
        return self._ordered(operand).between(low.sql, high.sql)

    def _distinct(self, left: Expression, right: Expression, at: int) -> ColumnElement[bool]:
        terms = self._alike([left, right], "IS DISTINCT FROM", at)
        return terms[0].sql.is_distinct_from(terms[1].sql)

    def _ordered(self, term: _Term) -> ColumnElement[Any]:
        return by_code_points(term.sql, self.dialect) if term.type == STRING else term.sql

    def _pair(self, left: Expression, right: Expression, operator: str) -> tuple[_Term, _Term]:
        """Both sides; a name beside a state is the name of a state."""
        for one, other in ((left, right), (right, left)):
            enum = self._enum_of(one)
            if enum is None:
                continue
            if operator not in ("=", "!="):
                raise invalid("states and event types are compared by =, !=, IN and NOT IN", one.at)
            terms = (self._term(one), _named(enum, other))
            return terms if one is left else terms[::-1]
        return self._term(left), self._term(right)

    def _membership(self, tree: Membership) -> ColumnElement[bool]:
        enum = self._enum_of(tree.operand)
        operand = self._term(tree.operand)
        options = [_named(enum, option) if enum is not None else self._term(option) for option in tree.options]
        for option in options:
            if option.type != NULL:
                _check_alike(operand, option, tree.at)
        found = operand.sql.in_([option.sql for option in options])
        if not tree.negated:
            return found
        return or_(not_(found), operand.sql.is_(None)) if enum is not None else not_(found)

    def _like(self, tree: Like) -> ColumnElement[bool]:
        operand = self._term(tree.operand)
        if operand.type != STRING or not isinstance(tree.pattern, Literal) or not isinstance(tree.pattern.value, str):
            raise invalid("LIKE compares a string with a pattern in quotes", tree.at)
        pattern = tree.pattern.value
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise invalid("a pattern must not end with the backslash that would escape what follows", tree.pattern.at)
        if self.dialect == "sqlite":  # whose LIKE ignores case
            return operand.sql.op("GLOB", is_comparison=True)(literal(_glob(pattern)))
        return exact(operand.sql, self.dialect).like(literal(pattern), escape="\\")

    def _term(self, tree: Expression) -> _Term:
        match tree:
            case Literal(value):
                return _literal(value)
            case Name():
                return self._name(tree)
            case Arithmetic():
                return self._arithmetic(tree)
            case Call():
                return self._call(tree)
            case Cast():
                return self._cast(tree)
        return _Term(grouped(self.truth(tree)), BOOL)

    def _value(self, tree: Expression) -> _Term:
        """A term that is neither a state nor the type of an event."""
        term = self._term(tree)
        if term.enum is not None:
            raise invalid("states and event types are compared by =, !=, IN and NOT IN", tree.at)
        return term

    def _arithmetic(self, tree: Arithmetic) -> _Term:
        left, right = self._term(tree.left), self._term(tree.right)
        for term, side in ((left, tree.left), (right, tree.right)):
            if term.type not in NUMBERS or term.enum is not None:
                raise invalid(f"{tree.operator} takes numbers, this is {term.type}", side.at)
        if tree.operator == "/":
            quotient = self.functions.divide(*(self._as(term, DOUBLE, tree.at) for term in (left, right)))
            return _Term(quotient, DOUBLE)
        sql = left.sql.op(tree.operator)(right.sql)
        return _Term(sql.self_group(), DOUBLE if DOUBLE in (left.type, right.type) else INT)

    def _call(self, tree: Call) -> _Term:
        signature = signature_of(tree)
        constant = constant_of(tree, signature)
        parameters = [signature.parameter(position) for position in range(len(tree.arguments))]
        given = list(zip(tree.arguments, parameters, strict=True))
        alike = self._alike([each for each, type_ in given if type_ in (ANY, NUMBER)], tree.function, tree.at)
        result = alike[0].type if signature.result in (ANY, NUMBER) else signature.result
        if NUMBER in parameters and result not in NUMBERS:
            raise invalid(f"{tree.function} takes numbers, this is {result}", tree.at)
        rest = iter(alike)
        arguments: list[Any] = [
            self._of_any(next(rest), tree.function)
            if type_ in (ANY, NUMBER)
            else self._as(self._value(each), type_, each.at)
            for each, type_ in given
        ]
        if constant is not None:
            arguments[-1] = constant.value
        return _Term(self.functions.call(tree.function, arguments, result), result)

    def _of_any(self, term: _Term, function: str) -> ColumnElement[Any]:
        return self._ordered(term) if function in _ORDERING else term.sql

    def _cast(self, tree: Cast) -> _Term:
        goal, term = type_named(tree), self._value(tree.operand)
        if term.type == NULL:
            return _Term(self.functions.null(goal), goal)
        if (term.type, goal) not in CASTS:
            raise invalid(f"{term.type} cannot be cast to {goal}", tree.at)
        return _Term(self.functions.cast(term.sql, term.type, goal), goal)

    def _alike(self, trees: Sequence[Expression], what: str, at: int) -> list[_Term]:
        """Terms of one type, that of them which holds all; NULL is of any."""
        terms = [self._value(tree) for tree in trees]
        types = {term.type for term in terms} - {NULL}
        if len(types) > 1 and not types <= NUMBERS:
            raise invalid(f"{what} takes values of one type, these are {' and '.join(sorted(types))}", at)
        goal = DOUBLE if DOUBLE in types else next(iter(types), INT)
        return [_Term(self._as(term, goal, at), goal) for term in terms]

    def _as(self, term: _Term, type_: str, at: int) -> ColumnElement[Any]:
        """A term where one of a type is expected: NULL is of any, and an integer is a number."""
        if term.type == NULL:
            return self.functions.null(type_)
        if (term.type, type_) == (INT, DOUBLE):
            return self.functions.double(term.sql)
        if term.type != type_:
            raise invalid(f"{type_} is expected here, this is {term.type}", at)
        return term.sql

    # ---- names

    def _enum_of(self, tree: Expression) -> Any:
        """The enum of a state or event type; None for other expressions. Joins nothing."""
        if not isinstance(tree, Name):
            return None
        owner, last = self.kind, tree.parts[-1].lower()
        if len(tree.parts) == 2:
            relation = _RELATION.fullmatch(tree.parts[0])
            if relation and relation[1] == "events":
                return Event.Type if last == "type" else None
            related: dict[str, NodeKind[Any, Any]] = {"artifacts": ARTIFACT, "executions": EXECUTION}
            owner = related.get(relation[1] if relation else "", CONTEXT)
        return _STATES.get(owner.name) if len(tree.parts) <= 2 and last == owner.state_field else None

    def _name(self, tree: Name) -> _Term:
        parts = tree.parts
        if len(parts) == 1:
            return self._node_field(self.kind, self.node, (), parts[0], tree)
        if len(parts) == 2 and (relation := _RELATION.fullmatch(parts[0])):
            return self._related_field(relation[1], tree)
        if len(parts) == 3 and parts[0] in ("properties", "custom_properties") and parts[2] in _VALUES:
            return _Term(self._property(parts[0], parts[1]).c[parts[2]], _VALUES[parts[2]])
        raise _unknown(tree)

    def _node_field(self, kind: NodeKind[Any, Any], node: Any, path: tuple[str, ...], name: str, tree: Name) -> _Term:
        name = name.lower()
        if name == kind.state_field:
            return _Term(node.c[name], INT, _STATES[kind.name])
        if name == "type":
            key = (*path, "type")
            type_ = self._join(key, self.tables.type, lambda alias: alias.c.id == node.c.type_id)
            return _Term(type_.c.name, STRING)
        if name in _FIELDS and name in node.c:
            return _Term(node.c[name], _FIELDS[name])
        fields = [field for field in _FIELDS if field in node.c]
        raise _unknown(tree, [*fields, "type", kind.state_field or "type"])

    def _related_field(self, relation: str, tree: Name) -> _Term:
        self.may_repeat = True
        alias, name = tree.parts
        if relation == "events" and self.kind is not CONTEXT:
            return self._event_field(alias, name.lower(), tree)
        found = self._relations().get(relation)
        if found is None:
            raise _unknown(tree)
        table, mine, theirs, kind = found
        edge = self._join((alias, "edge"), table, lambda a: a.c[mine] == self.node.c.id)
        node = self._join((alias,), self.tables.of(kind).node, lambda a: a.c.id == edge.c[theirs])
        return self._node_field(kind, node, (alias,), name, tree)

    def _event_field(self, alias: str, name: str, tree: Name) -> _Term:
        mine = f"{self.kind.name}_id"
        event = self._join((alias,), self.tables.event, lambda a: a.c[mine] == self.node.c.id)
        if name == "type":
            return _Term(event.c.type, INT, Event.Type)
        if name in _EVENT_NUMBERS:
            return _Term(event.c[name], INT)
        raise _unknown(tree, ["type", *_EVENT_NUMBERS])

    def _relations(self) -> dict[str, tuple[Any, str, str, NodeKind[Any, Any]]]:
        """Relation: the table of its edges, the column of this node, the column of the other, the other's kind."""
        tables = self.tables
        if self.kind is not CONTEXT:
            return {"contexts": (tables.membership(self.kind), f"{self.kind.name}_id", "context_id", CONTEXT)}
        return {
            "artifacts": (tables.attribution, "context_id", "artifact_id", ARTIFACT),
            "executions": (tables.association, "context_id", "execution_id", EXECUTION),
            "parent_contexts": (tables.parent_context, "context_id", "parent_context_id", CONTEXT),
            "child_contexts": (tables.parent_context, "parent_context_id", "context_id", CONTEXT),
        }

    def _property(self, map_name: str, name: str) -> Any:
        tables = self.tables.of(self.kind)
        custom = int(map_name == "custom_properties")
        return self._join(
            (map_name, name),
            tables.properties,
            lambda a: and_(
                a.c[tables.owner.name] == self.node.c.id, a.c.is_custom_property == custom, a.c.name == name
            ),
        )

    def _join(self, key: tuple[str, ...], table: Any, on: Any) -> Any:
        if key not in self.aliases:
            alias = table.alias(f"joined_{len(self.aliases)}")
            self.aliases[key] = alias
            self.joins.append((alias, on(alias)))
        return self.aliases[key]


def _literal(value: int | float | str | bool | None) -> _Term:
    if value is None:
        return _Term(null(), NULL)
    if isinstance(value, bool):
        return _Term(true() if value else false(), BOOL)
    types = {int: INT, float: DOUBLE, str: STRING}
    return _Term(literal(value), types[type(value)])


def _named(enum: Any, tree: Expression) -> _Term:
    """A state or event type by its name."""
    if isinstance(tree, Name) and len(tree.parts) == 1 and tree.parts[0] in enum.keys():  # noqa: SIM118  # no mapping
        return _Term(literal(int(enum.Value(tree.parts[0]))), INT, enum)
    written = tree.parts[0] if isinstance(tree, Name) else getattr(tree, "value", "")
    hint = "use IS NULL" if written is None else did_you_mean(str(written).upper(), enum.keys(), "names")
    raise invalid("a state or event type is compared with its name, without quotes", tree.at, value=written, hint=hint)


def _check_comparable(left: _Term, right: _Term, operator: str, at: int) -> None:
    if NULL in (left.type, right.type):
        raise invalid(f"NULL cannot be an operand of {operator}", at, hint="use IS NULL")
    _check_alike(left, right, at)


def _check_alike(left: _Term, right: _Term, at: int) -> None:
    numbers = {INT, DOUBLE}
    if left.type != right.type and not {left.type, right.type} <= numbers:
        raise invalid(f"{left.type} and {right.type} cannot be compared", at)


def _unknown(tree: Name, known: Sequence[str] = ()) -> Exception:
    hint = near_name(tree.parts[-1].lower(), known) or "docs/metadata.md lists what filters may name"
    if tree.parts[0] in ("properties", "custom_properties"):
        hint = f"a property is {tree.parts[0]}.NAME.{' or .'.join(_VALUES)}"
    return invalid("Unrecognized name", tree.at, value=".".join(tree.parts), hint=hint)


def _glob(pattern: str) -> str:
    """A LIKE pattern as SQLite's GLOB: ``%`` and ``_`` become ``*`` and ``?``, a backslash takes their meaning away."""

    def replaced(match: re.Match[str]) -> str:
        found = match[0]
        if found in ("%", "_"):
            return "*" if found == "%" else "?"
        plain = found[-1]
        return f"[{plain}]" if plain in "*?[" else plain

    return re.sub(r"\\.|[%_*?\[]", replaced, pattern, flags=re.DOTALL)
