"""Messages about runs."""

from gristmill.proto.run_state_pb2 import RunState

__all__ = ["RunState"]
