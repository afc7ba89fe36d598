"""The methods of the service on a channel, by their published names: ``stub.GetArtifacts(request, timeout=30)``."""

from __future__ import annotations

from typing import Any

from gristmill.metadata.wire.protocol import METHODS, SERVICE

__all__ = ["MetadataStoreServiceStub"]


class MetadataStoreServiceStub:
    """Each of the 52 methods as a ``grpc.UnaryUnaryMultiCallable`` of its request and answer messages."""

    def __init__(self, channel: Any) -> None:
        """
        Args:
            channel: a ``grpc.Channel``.
        """
        for method, (request_class, response_class) in METHODS.items():
            invoke = channel.unary_unary(
                f"/{SERVICE}/{method}",
                request_serializer=request_class.SerializeToString,
                response_deserializer=response_class.FromString,
            )
            setattr(self, method, invoke)
