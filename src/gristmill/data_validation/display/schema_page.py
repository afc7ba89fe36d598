"""The view of a schema: its features, and the domains of texts they share."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.display import schema_texts
from gristmill.display import Cell, Column, Row, View, elements

__all__ = ["schema_view"]

_SHOWN_VALUES = 12  # of a domain, in its row; the others unfold below

# Columns about what most schemas do not say appear where a feature says it.
_COLUMNS = {
    Column("Type"): schema_texts.type_of,
    Column("Presence", hint="whether every example has the feature"): schema_texts.presence_of,
    Column("Valency", hint="how many values an example has"): schema_texts.valency_of,
    Column("Domain", hint="which values are allowed"): schema_texts.domain_of,
    Column("Environments", hint="where the feature is expected"): schema_texts.environments_of,
    Column("Constraints"): schema_texts.constraints_of,
    Column("Stage", hint="features that are deprecated, planned or for debugging are not checked"): (
        schema_texts.stage_of
    ),
}
_ALWAYS = ("Type", "Presence", "Valency", "Domain")


def schema_view(schema: schema_pb2.Schema) -> View:
    """A schema: features with type, presence, valency, domain, environments and constraints; and domains of texts.

    Raises:
        TypeError: ``schema`` is another message.
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise TypeError(f"schema must be a Schema message, and is a {type(schema).__name__}")
    search = elements.toolbar(elements.search("Search features and domains"))
    parts = elements.group(search, _features(schema), _joined_features(schema), _domains(schema))
    return View("Schema", _facts(schema) + parts)


def _facts(schema: schema_pb2.Schema) -> Markup:
    facts: dict[str, object] = {"Features": len(schema.feature), "String domains": len(_string_domains(schema))}
    if schema.default_environment:
        facts["Environments"] = ", ".join(schema.default_environment)
    limits = schema.dataset_constraints
    if limits.HasField("min_examples_count"):
        facts["Examples, at least"] = limits.min_examples_count
    if limits.HasField("max_examples_count"):
        facts["Examples, at most"] = limits.max_examples_count
    return elements.key_values(facts)


def _features(schema: schema_pb2.Schema) -> Markup:
    features = list(schema_texts.walk(schema))
    told = {column: [read(feature) for _, feature in features] for column, read in _COLUMNS.items()}
    told = {column: texts for column, texts in told.items() if column.name in _ALWAYS or any(texts)}
    rows = [
        Row([_name(str(path)), *(_text(column, texts[place]) for column, texts in told.items())])
        for place, (path, _) in enumerate(features)
    ]
    if not rows:
        return elements.notice("The schema has no features.")
    return elements.section(
        "Features", elements.table([Column("Feature"), *told], rows, searchable=False, label="Features")
    )


def _name(name: str) -> Cell:
    return Cell(name, name, title=name)


def _text(column: Column, text: str) -> Cell:
    if not text:
        return Cell(None)
    return Cell(text, kind="warning" if column.name == "Stage" else "")


def _joined_features(schema: schema_pb2.Schema) -> Markup:
    rows = [
        (
            feature.name,
            "sparse",
            ", ".join([*(index.name for index in feature.index_feature)]),
            feature.value_feature.name,
        )
        for feature in schema.sparse_feature
    ]
    rows += [
        (feature.name, "weighted", ".".join(feature.weight_feature.step), ".".join(feature.feature.step))
        for feature in schema.weighted_feature
    ]
    if not rows:
        return Markup("")
    columns = [Column("Feature"), Column("Kind"), Column("Indices or weights"), Column("Values")]
    return elements.section(
        "Features made of others", elements.table(columns, rows, searchable=False, label="Features made of others")
    )


def _string_domains(schema: schema_pb2.Schema) -> list[tuple[str, Sequence[str]]]:
    own = [
        (feature.string_domain.name or str(path), feature.string_domain.value)
        for path, feature in schema_texts.walk(schema)
        if feature.WhichOneof("domain_info") == "string_domain"
    ]
    return [(domain.name, domain.value) for domain in schema.string_domain] + own


def _domains(schema: schema_pb2.Schema) -> Markup:
    domains = _string_domains(schema)
    if not domains:
        return Markup("")
    columns = [Column("Domain"), Column("Size", numeric=True, hint="number of values"), Column("Values")]
    rows = [
        Row(
            [_name(name), len(values), Cell(_values(values[:_SHOWN_VALUES], len(values)), len(values))],
            _values(values, len(values)) if len(values) > _SHOWN_VALUES else None,
        )
        for name, values in domains
    ]
    return elements.section("String domains", elements.table(columns, rows, searchable=False, label="String domains"))


def _values(values: Sequence[str], total: int) -> Markup:
    texts = Markup(" ").join(
        Markup('<span class="gm-chip">{}</span>').format(value)
        if value
        else Markup('<span class="gm-chip gm-muted">(empty)</span>')
        for value in values
    )
    more = (
        Markup(' <span class="gm-muted">and {:,} more</span>').format(total - len(values))
        if total > len(values)
        else ""
    )
    return Markup('<div class="gm-chips">{}{}</div>').format(texts, more)
