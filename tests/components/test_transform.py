"""Transform: what is analyzed, what is transformed, and everything that is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2

import gristmill.data_validation as tfdv
from gristmill.components import Transform
from gristmill.dsl.standard_artifacts import Examples
from gristmill.engine import LocalEngine
from gristmill.errors import ConfigError, NotSupportedError, UserCodeError

from .journeys import USER_CODE, Chain, Executed, channel_of, execute, rows_of

pytestmark = pytest.mark.tensorflow

MODULE = str(USER_CODE / "preprocessing.py")
QUICK: dict[str, Any] = {"materialize": False, "disable_statistics": True}


def transform(raw: Chain, folder: Path, **options: Any) -> Executed:
    component = Transform(channel_of(raw.examples), channel_of(raw.schema), **options)
    return execute(component, folder, examples=raw.examples, schema=raw.schema)


def number_of_examples(made: Executed, key: str) -> int:
    return int(tfdv.load_stats_binary(str(made.path(key, "FeatureStats.pb"))).datasets[0].num_examples)


def test_the_outputs_hold_the_files_of_the_published_layout(chain: Chain) -> None:
    made = chain.transform
    assert {key: files(made.path(key)) for key in made.outputs} == {
        "transform_graph": [
            "metadata/schema.pbtxt",
            "transform_fn/assets/k",
            "transform_fn/fingerprint.pb",
            "transform_fn/saved_model.pb",
            "transform_fn/variables/variables.data-00000-of-00001",
            "transform_fn/variables/variables.index",
            "transformed_metadata/asset_map",
            "transformed_metadata/schema.pbtxt",
        ],
        "transformed_examples": [
            "Split-eval/transformed_examples-00000-of-00001.gz",
            "Split-train/transformed_examples-00000-of-00001.gz",
        ],
        "pre_transform_schema": ["schema.pbtxt"],
        "pre_transform_stats": ["FeatureStats.pb"],
        "post_transform_schema": ["schema.pbtxt"],
        "post_transform_stats": ["FeatureStats.pb"],
        "post_transform_anomalies": ["SchemaDiff.pb"],
    }


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_every_row_is_transformed_with_constants_of_the_train_split(chain: Chain) -> None:
    examples = chain.transform["transformed_examples"]
    assert examples.splits == ["train", "eval"]
    for split in ("train", "eval"):
        raw_rows, rows = rows_of(chain.examples, split), rows_of(examples, split)
        assert len(raw_rows) == len(rows)
        train = [row["distance"] or 0.0 for row in rows_of(chain.examples, "train")]
        given = np.array([row["distance"] or 0.0 for row in raw_rows])
        expected = (given - np.mean(train)) / np.std(train)
        np.testing.assert_allclose([row["distance_xf"] for row in rows], expected, rtol=1e-4, atol=1e-5)
        assert [row["by_train"] for row in rows] == [row["by_train"] for row in raw_rows]


def test_statistics_cover_the_analyzed_rows_before_and_the_transformed_rows_after(chain: Chain) -> None:
    rows = {split: len(rows_of(chain.examples, split)) for split in ("train", "eval")}
    assert number_of_examples(chain.transform, "pre_transform_stats") == rows["train"]
    assert number_of_examples(chain.transform, "post_transform_stats") == rows["train"] + rows["eval"]
    after = tfdv.load_stats_binary(str(chain.transform.path("post_transform_stats", "FeatureStats.pb"))).datasets[0]
    assert {feature.path.step[0] for feature in after.features} == {"distance_xf", "kind_xf", "seats_xf", "by_train"}
    found = anomalies_pb2.Anomalies.FromString(
        chain.transform.path("post_transform_anomalies", "SchemaDiff.pb").read_bytes()
    )
    assert not found.anomaly_info
    schema = tfdv.load_schema_text(str(chain.transform.path("post_transform_schema", "schema.pbtxt")))
    assert schema == tfdv.load_schema_text(
        str(chain.transform.path("transform_graph", "transformed_metadata", "schema.pbtxt"))
    )


def passes_of(raw: Chain, folder: Path, **options: Any) -> list[str]:
    """What the engine was asked for, in order."""
    stages: dict[str, None] = {}
    component = Transform(channel_of(raw.examples), channel_of(raw.schema), **options)
    engine = LocalEngine(progress=lambda progress: stages.setdefault(progress.stage))
    execute(component, folder, engine=engine, examples=raw.examples, schema=raw.schema)
    return list(stages)


def test_statistics_cost_no_pass_of_their_own(raw: Chain, tmp_path: Path) -> None:
    assert passes_of(raw, tmp_path, module_file=MODULE) == [
        "analysis, pass 1 (2 analyzers) and statistics",
        "transforming train",
        "transforming eval",
    ]


def test_statistics_of_a_sample_and_those_in_passes_of_their_own_are_of_the_same_rows(
    raw: Chain, tmp_path: Path
) -> None:
    source = (USER_CODE / "preprocessing.py").read_text()
    updater = "\n\ndef stats_options_updater_fn(stats_type, options):\n    options.{} = {}\n    return options\n"
    (tmp_path / "alone.py").write_text(source + updater.format("desired_batch_size", 50))
    (tmp_path / "sample.py").write_text(source + updater.format("sample_rate", 0.5))
    shared, alone, sample = (
        transform(raw, tmp_path, module_file=module)
        for module in (MODULE, str(tmp_path / "alone.py"), str(tmp_path / "sample.py"))
    )
    for key in ("pre_transform_stats", "post_transform_stats"):
        bytes_of = [made.path(key, "FeatureStats.pb").read_bytes() for made in (shared, alone)]
        assert bytes_of[0] == bytes_of[1]
        assert 0.3 < number_of_examples(sample, key) / number_of_examples(shared, key) < 0.7
    assert len(passes_of(raw, tmp_path, module_file=str(tmp_path / "sample.py"))) == 5


def test_splits_config_chooses_what_is_analyzed_and_what_is_transformed(raw: Chain, tmp_path: Path) -> None:
    made = transform(
        raw, tmp_path, module_file=MODULE, splits_config={"analyze": ["train", "eval"], "transform": ["eval"]}
    )
    assert made["transformed_examples"].splits == ["eval"]
    assert [entry.name for entry in made.path("transformed_examples").iterdir()] == ["Split-eval"]
    assert number_of_examples(made, "pre_transform_stats") == 240
    assert number_of_examples(made, "post_transform_stats") == len(rows_of(raw.examples, "eval"))


def test_without_materializing_there_are_no_examples_but_statistics(raw: Chain, tmp_path: Path) -> None:
    made = transform(raw, tmp_path, module_file=MODULE, materialize=False)
    assert "transformed_examples" not in made.outputs
    assert number_of_examples(made, "post_transform_stats") == 240


def test_the_function_may_be_named_by_a_dotted_path_and_takes_custom_config(
    raw: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(USER_CODE))
    plain = transform(raw, tmp_path, module_file=MODULE, disable_statistics=True)
    scaled = transform(
        raw,
        tmp_path,
        preprocessing_fn="preprocessing.preprocessing_fn",
        custom_config={"scale": 3.0},
        disable_statistics=True,
    )
    assert set(scaled.outputs) == {"transform_graph", "transformed_examples"}
    once, thrice = (
        [row["distance_xf"] for row in rows_of(made["transformed_examples"], "eval")] for made in (plain, scaled)
    )
    np.testing.assert_allclose(thrice, 3 * np.array(once), rtol=1e-5)


def test_the_statistics_options_can_be_changed_by_the_user(raw: Chain, tmp_path: Path) -> None:
    source = (USER_CODE / "preprocessing.py").read_text()
    (tmp_path / "module.py").write_text(
        source
        + "\n\ndef stats_options_updater_fn(stats_type, options):\n"
        + "    if stats_type.name == 'POST_TRANSFORM':\n"
        + "        options.feature_allowlist = ['kind_xf']\n"
        + "    return options\n"
    )
    made = transform(raw, tmp_path, module_file=str(tmp_path / "module.py"))
    before, after = (
        tfdv.load_stats_binary(str(made.path(key, "FeatureStats.pb"))).datasets[0].features
        for key in ("pre_transform_stats", "post_transform_stats")
    )
    assert len(before) == 5
    assert [feature.path.step[0] for feature in after] == ["kind_xf"]


def test_an_updater_that_forgets_to_return_is_told_so(raw: Chain, tmp_path: Path) -> None:
    source = (USER_CODE / "preprocessing.py").read_text()
    (tmp_path / "module.py").write_text(source + "\n\ndef stats_options_updater_fn(stats_type, options):\n    pass\n")
    with pytest.raises(ConfigError, match="must return the StatsOptions"):
        transform(raw, tmp_path, module_file=str(tmp_path / "module.py"), materialize=False)


def test_several_artifacts_are_analyzed_and_transformed_together(raw: Chain, tmp_path: Path) -> None:
    component = Transform(channel_of(raw.examples), channel_of(raw.schema), module_file=MODULE, disable_statistics=True)
    made = execute(component, tmp_path, examples=[raw.examples, raw.examples], schema=raw.schema)
    assert len(rows_of(made["transformed_examples"], "eval")) == 2 * len(rows_of(raw.examples, "eval"))


def test_an_error_in_the_function_is_shown_as_the_users(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("def preprocessing_fn(inputs):\n    return {'x': {}['no such name']}\n")
    with pytest.raises(UserCodeError, match="preprocessing_fn failed: KeyError") as caught:
        transform(raw, tmp_path, module_file=str(tmp_path / "module.py"), **QUICK)
    assert caught.value.place is not None
    assert (caught.value.place.uri, caught.value.place.line) == (str(tmp_path / "module.py"), 2)


def test_an_unknown_split_is_named(raw: Chain, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'trian'"):
        transform(raw, tmp_path, module_file=MODULE, splits_config={"analyze": ["trian"]})


def test_something_must_be_analyzed(raw: Chain, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least one split"):
        transform(raw, tmp_path, module_file=MODULE, splits_config={"transform": ["eval"]})


@pytest.mark.parametrize(
    ("options", "error", "rule"),
    [
        ({}, ConfigError, "exactly one of module_file"),
        ({"module_file": "a.py", "preprocessing_fn": "a.b"}, ConfigError, "exactly one of module_file"),
        ({"module_file": "a.py", "stats_options_updater_fn": "a.b"}, ConfigError, "belongs into the module_file"),
        ({"module_file": "a.py", "force_tf_compat_v1": True}, NotSupportedError, "TensorFlow 2"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    raw: Chain, options: dict[str, Any], error: type[Exception], rule: str
) -> None:
    with pytest.raises(error, match=rule):
        Transform(channel_of(raw.examples), channel_of(raw.schema), **options)


def test_an_analyzer_cache_is_not_there_yet(raw: Chain) -> None:
    with pytest.raises(NotSupportedError, match="analyzer_cache"):
        Transform(
            channel_of(raw.examples),
            channel_of(raw.schema),
            module_file=MODULE,
            analyzer_cache=channel_of(Examples()),
        )
