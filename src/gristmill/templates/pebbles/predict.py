"""Asks the newest pushed model about one pebble. Plain TensorFlow: what a model server does."""

import csv
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

HERE = Path(__file__).resolve().parent
KINDS = ["granite", "slate", "pumice"]


def to_example(row: dict[str, str]) -> tf.train.Example:
    example = tf.train.Example()
    for name, cell in row.items():
        example.features.feature[name].float_list.value.append(float(cell))
    return example


def main() -> None:
    newest = max((HERE / "serving" / "pebbles").iterdir(), key=lambda version: int(version.name))
    model = tf.saved_model.load(str(newest))
    with next((HERE / "data").glob("*.csv")).open(newline="") as file:
        row = next(csv.DictReader(file))
    kind = KINDS[int(row.pop("kind"))]
    records = tf.constant([to_example(row).SerializeToString()])
    [chances] = model.signatures["serving_default"](examples=records)["probabilities"].numpy()
    said = ", ".join(f"{name} {chance:.2f}" for name, chance in zip(KINDS, chances, strict=True))
    print(f"{newest}: {row['length_mm']} mm long, {row['mass_g']} g heavy: {said} (this one is {kind})")


if __name__ == "__main__":
    main()
