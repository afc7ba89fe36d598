"""What the metadata store raises: one class per status code, with the published names and numbers.

StatusError (a GristmillError): .message, .error_code
├── CancelledError 1 … UnauthenticatedError 16
└── OpenError: the database could not be opened (also a RuntimeError); .error_code says why
"""

from __future__ import annotations

from gristmill.errors import GristmillError

__all__ = [
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OK",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpenError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "StatusError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
    "exception_type_from_error_code",
    "make_exception",
]

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class StatusError(GristmillError):
    """A call of the store failed.

    Attributes:
        message: the rule that was broken, in one sentence.
        error_code: the status code, one of this module's constants.
    """

    def __init__(self, message: str, error_code: int, *, value: object = None, hint: str | None = None) -> None:
        super().__init__(message, value=value, hint=hint)
        self.message = message
        self.error_code = error_code

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps the error whole when a worker process hands it over."""
        return _rebuilt, (type(self), self.message, self.error_code, self.value, self.hint)


class _CodedError(StatusError):
    code = UNKNOWN

    def __init__(self, message: str, *, value: object = None, hint: str | None = None) -> None:
        super().__init__(message, self.code, value=value, hint=hint)


class CancelledError(_CodedError):
    """The call was cancelled."""

    code = CANCELLED


class UnknownError(_CodedError):
    """The cause is not known."""

    code = UNKNOWN


class InvalidArgumentError(_CodedError):
    """A message or an option in the call is wrong."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_CodedError):
    """The call took longer than it was allowed to."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_CodedError):
    """What was asked for does not exist."""

    code = NOT_FOUND


class AlreadyExistsError(_CodedError):
    """What should be created exists, or differs from what is stored."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_CodedError):
    """The database does not let this user do that."""

    code = PERMISSION_DENIED


class ResourceExhaustedError(_CodedError):
    """Space or another resource ran out."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_CodedError):
    """The store is not in the state that the call needs."""

    code = FAILED_PRECONDITION


class AbortedError(_CodedError):
    """Another writer was in the way for too long. Nothing of the call was stored; it may be repeated."""

    code = ABORTED


class OutOfRangeError(_CodedError):
    """An index points outside its list."""

    code = OUT_OF_RANGE


class UnimplementedError(_CodedError):
    """The store does not do that."""

    code = UNIMPLEMENTED


class InternalError(_CodedError):
    """The database reported something that the store does not expect."""

    code = INTERNAL


class UnavailableError(_CodedError):
    """The database cannot be reached."""

    code = UNAVAILABLE


class DataLossError(_CodedError):
    """The database is damaged."""

    code = DATA_LOSS


class UnauthenticatedError(_CodedError):
    """The database does not know this user."""

    code = UNAUTHENTICATED


class OpenError(StatusError, RuntimeError):
    """The database could not be opened. Also a RuntimeError, which is what callers of ML Metadata catch here."""


_BY_CODE: dict[int, type[_CodedError]] = {error.code: error for error in _CodedError.__subclasses__()}


def exception_type_from_error_code(error_code: int) -> type[StatusError]:
    """The class for a status code; raises KeyError for a number that is none."""
    return _BY_CODE[error_code]


def make_exception(message: str, error_code: int, *, hint: str | None = None) -> StatusError:
    """An exception for a status code; UnknownError for a number that is none."""
    return _BY_CODE.get(error_code, UnknownError)(message, hint=hint)


def _rebuilt(kind: type[StatusError], message: str, error_code: int, value: object, hint: str | None) -> StatusError:
    if issubclass(kind, _CodedError):
        return kind(message, value=value, hint=hint)
    return kind(message, error_code, value=value, hint=hint)
