"""Filters as SQL conditions: names become columns, literals become bound values, types are checked first.

Each relation and property that a filter names is joined to the node once (an inner join, as published): a node that is
in no context never passes a filter that speaks of ``contexts_a``, whatever else the filter says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    and_,
    cast,
    collate,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
)

from gristmill.metadata.filter_syntax import (
    Arithmetic,
    Comparison,
    Expression,
    IsNull,
    Like,
    Literal,
    Logical,
    Membership,
    Name,
    Not,
    invalid,
    parse,
)
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.sql.tables import Tables
from gristmill.proto.metadata_store_pb2 import Artifact, Event, Execution

__all__ = ["filter_condition"]

_INT, _DOUBLE, _STRING, _BOOL, _NULL = "INT64", "DOUBLE", "STRING", "BOOL", "NULL"
_STATES = {ARTIFACT.name: Artifact.State, EXECUTION.name: Execution.State}
_VALUES = {"int_value": _INT, "double_value": _DOUBLE, "string_value": _STRING, "bool_value": _BOOL}
_FIELDS = {
    "id": _INT,
    "type_id": _INT,
    "create_time_since_epoch": _INT,
    "last_update_time_since_epoch": _INT,
    "name": _STRING,
    "external_id": _STRING,
    "uri": _STRING,
}
_RELATION = re.compile(r"(contexts|parent_contexts|child_contexts|artifacts|executions|events)_\w+")


def filter_condition(tables: Tables, kind: NodeKind[Any, Any], text: str, dialect: str) -> ColumnElement[bool]:
    """The condition that a node passes a filter.

    Raises:
        InvalidArgumentError: the filter cannot be read, names what does not exist, or mixes types.
    """
    tree = parse(text)
    node = tables.of(kind).node.alias("filtered")
    compiler = _Compiler(tables, kind, dialect, node)
    where = compiler.truth(tree)
    query = select(node.c.id).select_from(compiler.joined).where(where)
    return tables.of(kind).node.c.id.in_(query)


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

    def __post_init__(self) -> None:
        self.joined: FromClause = self.node

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
            case Literal(bool() as value):
                return true() if value else false()
        term = self._term(tree)
        if term.type != _BOOL:
            raise invalid(f"a condition is expected here, this is {term.type}", tree.at)
        return term.sql.is_(true())

    def _comparison(self, tree: Comparison) -> ColumnElement[bool]:
        left, right = self._pair(tree.left, tree.right, tree.operator)
        if _NULL in (left.type, right.type):
            raise invalid(f"NULL cannot be an operand of {tree.operator}", tree.at, hint="use IS NULL")
        _check_alike(left, right, tree.at)
        if left.enum is not None or right.enum is not None:
            # Published: a state that was never set is different from every named one.
            same = left.sql == right.sql
            return same if tree.operator == "=" else left.sql.is_distinct_from(right.sql)
        sql = left.sql
        if self.dialect == "postgresql" and left.type == _STRING and tree.operator in ("<", "<=", ">", ">="):
            sql = collate(sql, "C")  # strings are ordered by code points, not by the language of the server
        return sql.op(tree.operator, is_comparison=True)(right.sql)

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
            if option.type != _NULL:
                _check_alike(operand, option, tree.at)
        found = operand.sql.in_([option.sql for option in options])
        if not tree.negated:
            return found
        return or_(not_(found), operand.sql.is_(None)) if enum is not None else not_(found)

    def _like(self, tree: Like) -> ColumnElement[bool]:
        operand = self._term(tree.operand)
        if operand.type != _STRING or not isinstance(tree.pattern, Literal) or not isinstance(tree.pattern.value, str):
            raise invalid("LIKE compares a string with a pattern in quotes", tree.at)
        pattern = tree.pattern.value
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise invalid("a pattern must not end with the backslash that would escape what follows", tree.pattern.at)
        if self.dialect == "sqlite":  # whose LIKE ignores case
            return operand.sql.op("GLOB", is_comparison=True)(literal(_glob(pattern)))
        subject = operand.sql
        if self.dialect == "mysql":  # where the columns of databases that others made may ignore it
            subject = collate(func.convert(subject.op("USING")(literal_column("utf8mb4"))), "utf8mb4_bin")
        return subject.like(literal(pattern), escape="\\")

    def _term(self, tree: Expression) -> _Term:
        match tree:
            case Literal(value):
                return _literal(value)
            case Name():
                return self._name(tree)
            case Arithmetic():
                return self._arithmetic(tree)
        return _Term(self.truth(tree), _BOOL)

    def _arithmetic(self, tree: Arithmetic) -> _Term:
        left, right = self._term(tree.left), self._term(tree.right)
        for term, side in ((left, tree.left), (right, tree.right)):
            if term.type not in (_INT, _DOUBLE) or term.enum is not None:
                raise invalid(f"{tree.operator} takes numbers, this is {term.type}", side.at)
        if tree.operator == "/":
            divisor = func.nullif(self._double(right.sql), 0)  # nothing compares with a division by zero
            return _Term(self._double(left.sql).op("/")(divisor).self_group(), _DOUBLE)
        sql = left.sql.op(tree.operator)(right.sql)
        return _Term(sql.self_group(), _DOUBLE if _DOUBLE in (left.type, right.type) else _INT)

    def _double(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
        if self.dialect == "mysql":  # older servers cannot cast to it
            return number.op("*")(literal_column("1e0")).self_group()
        return cast(number, Double)

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
            return _Term(node.c[name], _INT, _STATES[kind.name])
        if name == "type":
            key = (*path, "type")
            type_ = self._join(key, self.tables.type, lambda alias: alias.c.id == node.c.type_id)
            return _Term(type_.c.name, _STRING)
        if name in _FIELDS and name in node.c:
            return _Term(node.c[name], _FIELDS[name])
        raise _unknown(tree)

    def _related_field(self, relation: str, tree: Name) -> _Term:
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
            return _Term(event.c.type, _INT, Event.Type)
        if name in ("artifact_id", "execution_id", "milliseconds_since_epoch"):
            return _Term(event.c[name], _INT)
        raise _unknown(tree)

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
            self.joined = self.joined.join(alias, on(alias))
        return self.aliases[key]


def _literal(value: int | float | str | bool | None) -> _Term:
    if value is None:
        return _Term(null(), _NULL)
    if isinstance(value, bool):
        return _Term(true() if value else false(), _BOOL)
    types = {int: _INT, float: _DOUBLE, str: _STRING}
    return _Term(literal(value), types[type(value)])


def _named(enum: Any, tree: Expression) -> _Term:
    """A state or event type by its name."""
    if isinstance(tree, Name) and len(tree.parts) == 1 and tree.parts[0] in enum.keys():  # noqa: SIM118  # no mapping
        return _Term(literal(int(enum.Value(tree.parts[0]))), _INT, enum)
    raise invalid("a state or event type is compared with its name, without quotes", tree.at, value=list(enum.keys()))


def _check_alike(left: _Term, right: _Term, at: int) -> None:
    numbers = {_INT, _DOUBLE}
    if left.type != right.type and not {left.type, right.type} <= numbers:
        raise invalid(f"{left.type} and {right.type} cannot be compared", at)


def _unknown(tree: Name) -> Exception:
    return invalid(
        "Unrecognized name", tree.at, value=".".join(tree.parts), hint="docs/metadata.md lists what filters may name"
    )


def _glob(pattern: str) -> str:
    """A LIKE pattern as SQLite's GLOB: ``%`` and ``_`` become ``*`` and ``?``, a backslash takes their meaning away."""

    def replaced(match: re.Match[str]) -> str:
        found = match[0]
        if found in ("%", "_"):
            return "*" if found == "%" else "?"
        plain = found[-1]
        return f"[{plain}]" if plain in "*?[" else plain

    return re.sub(r"\\.|[%_*?\[]", replaced, pattern, flags=re.DOTALL)
