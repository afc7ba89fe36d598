"""The keys that the family calls experimental."""

from __future__ import annotations

from gristmill.extensions.google_cloud_ai_platform.keys import (
    ENDPOINT_ARGS_KEY,
    REMOTE_TRIALS_WORKING_DIR_KEY,
    SERVING_ARGS_KEY,
    TUNING_ARGS_KEY,
)

__all__ = [
    "BULK_INFERRER_SERVING_ARGS_KEY",
    "ENDPOINT_ARGS_KEY",
    "PUSHER_SERVING_ARGS_KEY",
    "REMOTE_TRIALS_WORKING_DIR_KEY",
    "TUNING_ARGS_KEY",
]

BULK_INFERRER_SERVING_ARGS_KEY = SERVING_ARGS_KEY
PUSHER_SERVING_ARGS_KEY = SERVING_ARGS_KEY
