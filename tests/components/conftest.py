"""One chain of components for all tests, made once per session."""

from __future__ import annotations

import pytest

from gristmill.components import CsvExampleGen, SchemaGen, StatisticsGen, Transform

from .journeys import (
    JOURNEY_COLUMNS,
    USER_CODE,
    Chain,
    Executed,
    channel_of,
    execute,
    journeys,
    trainer_inputs,
    trainer_of,
    write_csv,
)


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Examples, statistics and schema of the journeys."""
    folder = tmp_path_factory.mktemp("chain")
    write_csv(folder / "data" / "journeys.csv", JOURNEY_COLUMNS, journeys())
    examples = execute(CsvExampleGen(str(folder / "data")), folder)["examples"]
    statistics = execute(StatisticsGen(channel_of(examples)), folder, examples=examples)["statistics"]
    schema_gen = SchemaGen(channel_of(statistics), infer_feature_shape=False)
    schema = execute(schema_gen, folder, statistics=statistics)["schema"]
    nothing = Executed({}, [])
    return Chain(folder, examples, statistics, schema, nothing, nothing)


@pytest.fixture(scope="session")
def chain(raw: Chain) -> Chain:
    """The journeys' chain up to a Keras 3 model. Needs TensorFlow."""
    component = Transform(
        channel_of(raw.examples), channel_of(raw.schema), module_file=str(USER_CODE / "preprocessing.py")
    )
    transform = execute(component, raw.folder, examples=raw.examples, schema=raw.schema)
    trainer = execute(
        trainer_of(transform, "keras3_model.py"), raw.folder, **trainer_inputs(transform, schema=raw.schema)
    )
    return Chain(raw.folder, raw.examples, raw.statistics, raw.schema, transform, trainer)
