"""Components that run on Google Cloud AI Platform and Vertex AI, and the keys of their ``custom_config``."""

from __future__ import annotations

from gristmill.extensions.cloud_component import CloudComponent
from gristmill.extensions.google_cloud_ai_platform import experimental
from gristmill.extensions.google_cloud_ai_platform.keys import (
    ENABLE_UCAIP_KEY,
    ENABLE_VERTEX_KEY,
    JOB_ID_KEY,
    LABELS_KEY,
    SERVING_ARGS_KEY,
    TRAINING_ARGS_KEY,
    UCAIP_REGION_KEY,
    VERTEX_CONTAINER_IMAGE_URI_KEY,
    VERTEX_REGION_KEY,
)

__all__ = [
    "ENABLE_UCAIP_KEY",
    "ENABLE_VERTEX_KEY",
    "JOB_ID_KEY",
    "LABELS_KEY",
    "SERVING_ARGS_KEY",
    "TRAINING_ARGS_KEY",
    "UCAIP_REGION_KEY",
    "VERTEX_CONTAINER_IMAGE_URI_KEY",
    "VERTEX_REGION_KEY",
    "BulkInferrer",
    "Pusher",
    "Trainer",
    "Tuner",
    "experimental",
]


class BulkInferrer(CloudComponent):
    """Not available: inference by a model deployed to AI Platform."""

    SERVICE = "Google Cloud AI Platform"
    HINT = "gristmill.components.BulkInferrer applies the model where the pipeline runs"


class Pusher(CloudComponent):
    """Not available: deployment to AI Platform or a Vertex endpoint."""

    SERVICE = "Google Cloud AI Platform"
    HINT = "gristmill.components.Pusher writes to gs://; deploy from there, or give it a custom_executor_spec"


class Trainer(CloudComponent):
    """Not available: training as a job of AI Platform or Vertex."""

    SERVICE = "Google Cloud AI Platform"
    HINT = "gristmill.components.Trainer trains where the pipeline runs; run the whole pipeline on the bigger machine"


class Tuner(CloudComponent):
    """Not available: tuning by jobs of AI Platform or Vertex."""

    SERVICE = "Google Cloud AI Platform"
    HINT = "search where the pipeline runs"
