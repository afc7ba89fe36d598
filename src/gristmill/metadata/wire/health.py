"""gRPC's health checks, by which orchestrators and load balancers ask whether a server is of use.

Of the published service ``grpc.health.v1.Health`` the method ``Check``. Its two messages have one field each, so they
are read and written as bytes here: a message type of that name may belong to another package of the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.kinds import CONTEXT
from gristmill.metadata.wire.protocol import SERVICE

__all__ = ["HEALTH", "NOT_SERVING", "SERVING", "check_of"]

HEALTH = "grpc.health.v1.Health"
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"  # HealthCheckResponse.status

_NAME = SERVICE.encode()
_KNOWN = (b"", b"\x0a" + bytes([len(_NAME)]) + _NAME)  # HealthCheckRequest.service: the whole server, or our service


def check_of(backend: MetadataBackend) -> Callable[[bytes, Any], bytes]:
    """The method ``Check``: whether the store can be read."""
    import grpc  # which a server has

    def check(request: bytes, context: Any) -> bytes:
        if request not in _KNOWN:
            context.abort(grpc.StatusCode.NOT_FOUND, "the server has no service of that name")
        try:
            backend.get_types_by_id(CONTEXT, [1])
        except errors.StatusError:
            return NOT_SERVING
        return SERVING

    return check
