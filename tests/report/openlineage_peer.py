"""Builds each event of standard input from OpenLineage's own classes, and prints what these make of it.

Runs in an environment with openlineage-python. A name, a required field or a schema that is wrong makes it fail.
"""

from __future__ import annotations

import json
import sys

from openlineage.client import event_v2, facet_v2
from openlineage.client.serde import Serde

FACETS = {
    "datasetType": facet_v2.dataset_type_dataset.DatasetTypeDatasetFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
}


def facets(found):
    return {name: facet(name, dict(fields)) for name, fields in found.items()}


def facet(name, fields):
    producer, schema = fields.pop("_producer"), fields.pop("_schemaURL")
    if name == "parent":
        fields["run"] = facet_v2.parent_run.Run(**fields["run"])
        fields["job"] = facet_v2.parent_run.Job(**fields["job"])
    made = FACETS[name](producer=producer, **fields)
    assert made._schemaURL == schema, (name, made._schemaURL, schema)
    return made


def dataset(kind, found):
    return kind(namespace=found["namespace"], name=found["name"], facets=facets(found["facets"]))


for line in sys.stdin:
    event = json.loads(line)
    made = event_v2.RunEvent(
        eventType=event_v2.RunState(event["eventType"]),
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=event_v2.Run(runId=event["run"]["runId"], facets=facets(event["run"]["facets"])),
        job=event_v2.Job(
            namespace=event["job"]["namespace"], name=event["job"]["name"], facets=facets(event["job"]["facets"])
        ),
        inputs=[dataset(event_v2.InputDataset, found) for found in event["inputs"]],
        outputs=[dataset(event_v2.OutputDataset, found) for found in event["outputs"]],
    )
    assert made.schemaURL == event["schemaURL"]
    sys.stdout.write(Serde.to_json(made) + "\n")
