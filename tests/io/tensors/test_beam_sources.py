"""BeamSource: whole record batches as elements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import tensors as tfxio
from gristmill.io.tfrecord import write_records

from .test_tfxio import SCHEMA, records

beam = pytest.importorskip("apache_beam")
from apache_beam.runners.portability.fn_api_runner import FnApiRunner  # noqa: E402
from apache_beam.testing.util import assert_that, equal_to  # noqa: E402

pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]


@pytest.fixture
def files(tmp_path: Path) -> str:
    for number, (start, stop) in enumerate([(0, 10), (10, 17)]):
        write_records(str(tmp_path / f"data-{number}.gz"), records(start, stop), compress=True)
    return str(tmp_path / "data-*")


def described(batch: pa.RecordBatch) -> tuple[Any, ...]:
    assert isinstance(batch, pa.RecordBatch)
    return (*batch.schema.names, *[number for [number] in batch.column("id").to_pylist()])


@pytest.mark.parametrize("validate", [True, False])
def test_files_become_batches(files: str, validate: bool) -> None:
    source = tfxio.TFExampleRecord(files, validate, SCHEMA, "raw", ["trips", "reader"])
    pipeline = beam.Pipeline(FnApiRunner())
    expected = [("id", "rare", "words", "raw", *range(first, stop)) for first, stop in ((0, 8), (8, 10), (10, 17))]
    assert_that(pipeline | source.BeamSource(8) | beam.Map(described), equal_to(expected))
    result = pipeline.run()
    counted = result.metrics().query(beam.metrics.MetricsFilter().with_namespace("tfx.trips.reader.io"))
    assert {each.key.metric.name: each.committed for each in counted["counters"]} == {"num_rows": 17, "num_batches": 3}


def test_a_pattern_without_files_is_told_at_once_or_by_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must match at least one file"):
        tfxio.TFExampleRecord(str(tmp_path / "none-*")).BeamSource()
    late = tfxio.TFExampleRecord(str(tmp_path / "none-*"), validate=False).BeamSource()
    with pytest.raises(Exception, match="must match at least one file"), beam.Pipeline(FnApiRunner()) as pipeline:
        pipeline | late


def test_raw_records_become_batches_later(files: str) -> None:
    source = tfxio.TFExampleRecord(files, schema=SCHEMA)
    with beam.Pipeline(FnApiRunner()) as pipeline:
        raw = pipeline | source.RawRecordBeamSource()
        assert_that(raw, equal_to(records(0, 17)))
        rows = raw | source.RawRecordToRecordBatch(5) | beam.Map(lambda batch: batch.num_rows)
        assert_that(rows | beam.CombineGlobally(sum), equal_to([17]), label="rows")


def test_records_of_a_pipeline_become_batches() -> None:
    source = tfxio.TFExampleBeamRecord("tfrecords_gzip", schema=SCHEMA, raw_record_column_name="raw")
    with beam.Pipeline(FnApiRunner()) as pipeline:
        batches = pipeline | beam.Create([records(0, 5)[4]]) | source.BeamSource()
        assert_that(batches | beam.Map(described), equal_to([("id", "rare", "words", "raw", 4)]))
    assert source.Project(["id"]).ArrowSchema().names == ["id", "raw"]
    for use in (source.RecordBatches, source.TensorFlowDataset):
        with pytest.raises(NotSupportedError, match="records of a pipeline"):
            use(tfxio.RecordBatchesOptions(1))
