"""The status classes: published names and numbers, whole after a trip between processes."""

from __future__ import annotations

import pickle

import pytest

from gristmill.errors import GristmillError
from gristmill.metadata import errors


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
