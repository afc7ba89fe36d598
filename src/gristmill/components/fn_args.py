"""What a user's ``run_fn`` is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.components.training_progress import TrainingProgress
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DataAccessor", "FnArgs", "data_accessor"]


@dataclass(frozen=True)
class DataAccessor:
    """Turns files of examples into what a training loop reads.

    Attributes:
        tf_dataset_factory: ``(file_pattern, TensorFlowDatasetOptions, schema=None) -> tf.data.Dataset``; ConfigError
            without a schema.
        record_batch_factory: ``(file_pattern, RecordBatchesOptions, schema=None) -> Iterator[pa.RecordBatch]``.
        data_view_decode_fn: how records of another format are decoded; None for tf.Example.
    """

    tf_dataset_factory: Callable[..., Any]
    record_batch_factory: Callable[..., Iterator[pa.RecordBatch]]
    data_view_decode_fn: Callable[..., Any] | None = None


def data_accessor(training: TrainingProgress | None = None) -> DataAccessor:
    """The accessor of tf.Example files. TensorFlow is loaded by the first call of a factory.

    Args:
        training: is told of the batches drawn from the files that are trained on.
    """

    def tf_dataset_factory(file_pattern: list[str], options: Any, schema: schema_pb2.Schema | None = None) -> Any:
        from gristmill.io.tensors.dataset import tf_dataset_factory as make

        if schema is None:
            raise ConfigError(
                "a dataset of tensors needs the schema of the examples",
                hint="pass schema=TFTransformOutput(fn_args.transform_output).transformed_metadata.schema, "
                "or the one in fn_args.schema_path",
            )
        dataset = make(file_pattern, options, schema)
        return training.following(dataset) if training and training.is_about(file_pattern) else dataset

    def record_batch_factory(
        file_pattern: list[str], options: Any, schema: schema_pb2.Schema | None = None
    ) -> Iterator[pa.RecordBatch]:
        from gristmill.io.tensors.dataset import record_batch_factory as make

        return make(file_pattern, options, schema)

    return DataAccessor(tf_dataset_factory, record_batch_factory)


@dataclass
class FnArgs:
    """Arguments of ``run_fn``. A path that does not apply is None.

    Attributes:
        working_dir: scratch directory, removed after the step.
        train_files: patterns of the files to train on.
        eval_files: patterns of the files to evaluate on during training.
        train_steps: number of training steps; None where the pipeline names none.
        eval_steps: number of evaluation steps; None where the pipeline names none.
        schema_path: file of the schema.
        schema_file: the same as ``schema_path``.
        transform_graph_path: directory of the transform graph.
        transform_output: the same as ``transform_graph_path``.
        data_accessor: reads the files.
        serving_model_dir: where the served model must be written.
        eval_model_dir: where a model for evaluation alone may be written.
        model_run_dir: where logs and checkpoints go.
        base_model: directory of the model to start from.
        hyperparameters: the tuner's configuration, as Keras Tuner writes it.
        custom_config: the component's ``custom_config``.
        num_examples: number of examples by split name, where the Trainer has statistics.
    """

    working_dir: str | None = None
    train_files: list[str] = field(default_factory=list)
    eval_files: list[str] = field(default_factory=list)
    train_steps: int | None = None
    eval_steps: int | None = None
    schema_path: str | None = None
    schema_file: str | None = None
    transform_graph_path: str | None = None
    transform_output: str | None = None
    data_accessor: DataAccessor | None = None
    serving_model_dir: str | None = None
    eval_model_dir: str | None = None
    model_run_dir: str | None = None
    base_model: str | None = None
    hyperparameters: dict[str, Any] | None = None
    custom_config: dict[str, Any] | None = None
    num_examples: dict[str, int] | None = None
