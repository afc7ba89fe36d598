"""Names of the extensions for Google Cloud resolve, have the published values, and say what to use instead."""

from __future__ import annotations

from typing import Any

import pytest

from gristmill.errors import NotSupportedError
from gristmill.extensions import google_cloud_ai_platform, google_cloud_big_query


@pytest.mark.parametrize(
    "component",
    [
        google_cloud_ai_platform.BulkInferrer,
        google_cloud_ai_platform.Pusher,
        google_cloud_ai_platform.Trainer,
        google_cloud_ai_platform.Tuner,
        google_cloud_big_query.BigQueryExampleGen,
        google_cloud_big_query.Pusher,
    ],
)
def test_making_a_cloud_component_says_what_to_use_instead(component: Any) -> None:
    with pytest.raises(NotSupportedError, match=rf"(?s){component.__name__} on \w.*Hint: \w"):
        component(anything=1)


def test_keys_have_the_published_values() -> None:
    ai = google_cloud_ai_platform
    assert ai.ENABLE_VERTEX_KEY == "ai_platform_enable_vertex"
    assert ai.VERTEX_REGION_KEY == "ai_platform_vertex_region"
    assert ai.VERTEX_CONTAINER_IMAGE_URI_KEY == "ai_platform_vertex_container_image_uri"
    assert ai.SERVING_ARGS_KEY == ai.experimental.PUSHER_SERVING_ARGS_KEY == "ai_platform_serving_args"
    assert ai.experimental.ENDPOINT_ARGS_KEY == "endpoint"
    assert ai.TRAINING_ARGS_KEY == "ai_platform_training_args"
    assert ai.JOB_ID_KEY == "ai_platform_training_job_id"
    assert ai.LABELS_KEY == "ai_platform_training_labels"
    assert ai.ENABLE_UCAIP_KEY == "ai_platform_training_enable_ucaip"
    assert ai.UCAIP_REGION_KEY == "ai_platform_training_ucaip_region"
    assert ai.experimental.TUNING_ARGS_KEY == "ai_platform_tuning_args"
    assert ai.experimental.REMOTE_TRIALS_WORKING_DIR_KEY == "remote_trials_working_dir"
    assert google_cloud_big_query.PUSHER_SERVING_ARGS_KEY == "bigquery_serving_args"
