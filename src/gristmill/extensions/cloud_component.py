"""Base of the components that would run on Google Cloud."""

from __future__ import annotations

from typing import Any, ClassVar

from gristmill.errors import NotSupportedError

__all__ = ["CloudComponent"]


class CloudComponent:
    """A name that resolves and cannot be made.

    Attributes:
        SERVICE: the service that the component of this name works on.
        HINT: what to use instead.
    """

    SERVICE: ClassVar[str]
    HINT: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError(f"{type(self).__name__} on {self.SERVICE} is not available", hint=self.HINT)
