"""The status classes: published names and numbers, whole after a trip between processes; what a database says."""

from __future__ import annotations

import pickle
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from gristmill.errors import GristmillError
from gristmill.metadata import Artifact, ArtifactType, ListOptions, MetadataStore, errors
from gristmill.metadata.connection import SqliteTarget
from gristmill.metadata.sql.failures import translated


@pytest.mark.parametrize("code", range(1, 17))
def test_every_code_has_a_class_named_after_its_constant(code: int) -> None:
    kind = errors.exception_type_from_error_code(code)
    raised = errors.make_exception("m", code)
    assert type(raised) is kind
    assert (raised.message, raised.error_code) == ("m", code)
    assert isinstance(raised, errors.StatusError)
    assert isinstance(raised, GristmillError)
    constant = kind.__name__.removesuffix("Error").upper()
    names = {name.replace("_", "") for name, value in vars(errors).items() if value == code and name.isupper()}
    assert constant in names


def test_a_number_that_is_no_code_is_unknown() -> None:
    assert type(errors.make_exception("m", 99)) is errors.UnknownError
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(99)


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFoundError("m", value=[1], hint="h"),
        errors.OpenError("m", errors.DATA_LOSS, hint="h"),
        errors.StatusError("m", errors.INTERNAL),
    ],
)
def test_an_error_is_whole_after_pickling(error: errors.StatusError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(copy) is type(error)
    assert (str(copy), copy.error_code) == (str(error), error.error_code)


@pytest.mark.parametrize(
    "filter_query",
    [
        f"uri LIKE '{'%a' * 30_000}'",
        " AND ".join(["id > 0"] * 1200),
        "id + 9223372036854775807 > 0 AND ABS(-9223372036854775807 - id) > 0",
    ],
)
def test_a_filter_that_is_too_much_for_the_database_is_the_callers_to_change(filter_query: str) -> None:
    with MetadataStore("sqlite://") as store:
        store.put_artifacts([Artifact(type_id=store.put_artifact_type(ArtifactType(name="A")))])
        with pytest.raises(errors.InvalidArgumentError, match="make the filter shorter"):
            store.get_artifacts(ListOptions(filter_query=filter_query))


def test_what_nobody_expects_has_a_hint_too() -> None:
    error = OperationalError("", {}, sqlite3.OperationalError("something new"))
    told = translated(error, SqliteTarget("metadata.db"))
    assert type(told) is errors.InternalError
    assert "metadata.db reports: something new" in told.message
    assert "check the database" in str(told.hint)
