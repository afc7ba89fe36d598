"""These tests need the ``tensorflow`` extra; without it they are not collected."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

collect_ignore_glob = ["test_*.py"]
if importlib.util.find_spec("tensorflow") is not None:
    import gristmill.io.tensors  # noqa: F401 - before tensorflow, whose start-up chatter it switches off

    collect_ignore_glob = []


@dataclass
class Transformed:
    """What became of some rows.

    Attributes:
        rows: the transformed rows, as lists of values by feature.
        summary: of the analysis.
        dir: the transform's output folder.
    """

    rows: list[dict[str, Any]]
    summary: Any
    dir: str

    def column(self, name: str) -> list[Any]:
        """The single values of a feature."""
        return [row[name][0] for row in self.rows]

    def lines(self, name: str) -> list[bytes]:
        """The lines of a vocabulary file."""
        import gristmill.transform as tft

        return tft.TFTransformOutput(self.dir).vocabulary_by_name(name)


@pytest.fixture
def write_shards(tmp_path) -> Callable[..., list[Any]]:
    """Writes rows (values, lists of values, or None, by feature) as TFRecord files of two rows each."""
    import pyarrow as pa
    import tensorflow as tf

    from gristmill.io.example_codec import encode_examples
    from gristmill.io.shard import Shard
    from gristmill.io.tfrecord import write_records

    kinds = {tf.string: pa.binary(), tf.int64: pa.int64(), tf.float32: pa.float32()}

    def cell(value: Any) -> Any:
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        return [each.encode() if isinstance(each, str) else each for each in values]

    def write(rows: Sequence[Mapping[str, Any]], spec: Mapping[str, Any], per_file: int = 2) -> list[Shard]:
        folder = tmp_path / f"examples-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        shards = []
        for start in range(0, max(len(rows), 1), per_file):
            part = rows[start : start + per_file]
            columns = {
                name: pa.array([cell(row.get(name)) for row in part], pa.list_(kinds[each.dtype]))
                for name, each in spec.items()
            }
            uri = str(folder / f"data-{start:05d}.gz")
            write_records(uri, encode_examples(pa.RecordBatch.from_pydict(columns)).to_pylist(), compress=True)
            shards.append(Shard(uri, "tfrecord"))
        return shards

    return write


@pytest.fixture
def transform(tmp_path, write_shards) -> Callable[..., Transformed]:
    """Analyzes and transforms rows with the local engine, through files."""
    import gristmill.transform as tft
    from gristmill.engine.local import LocalEngine
    from gristmill.io.examples import read_examples
    from gristmill.io.tensors import schema_from_feature_spec

    def run(preprocessing_fn, rows, spec, *, per_file: int = 2, apply_to=None, **options: Any) -> Transformed:
        output = str(tmp_path / f"transform-{len(list(tmp_path.iterdir()))}")
        shards = write_shards(rows, spec, per_file)
        schema = schema_from_feature_spec(spec)
        summary = tft.analyze(preprocessing_fn, schema, shards, engine=LocalEngine(), output_dir=output, **options)
        function = tft.transform_function(output)
        applied = shards if apply_to is None else write_shards(apply_to, spec, per_file)
        made = [function(batch).to_pylist() for shard in applied for batch in read_examples(shard)]
        return Transformed([row for part in made for row in part], summary, output)

    return run
