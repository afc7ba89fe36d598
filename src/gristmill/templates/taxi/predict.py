"""Asks the newest pushed model about one raw row. Plain TensorFlow: what a model server does."""

import csv
import os
from pathlib import Path

import gristmill.io.tensors  # noqa: F401 - only keeps TensorFlow's start-up messages off the terminal

import tensorflow as tf  # isort: skip - after it

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("TAXI_DATA", HERE / "data"))


TEXT = {"payment_type", "company"}
FLOATS = {
    "fare", "tips", "trip_miles",
    "pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude",
}  # fmt: skip


def to_example(row: dict[str, str]) -> tf.train.Example:
    """A raw row as the model expects it; an empty cell is a feature without values."""
    example = tf.train.Example()
    for name, cell in row.items():
        feature = example.features.feature[name]
        if cell and name in TEXT:
            feature.bytes_list.value.append(cell.encode())
        elif cell and name in FLOATS:
            feature.float_list.value.append(float(cell))
        elif cell:
            feature.int64_list.value.append(int(cell))
    return example


def main() -> None:
    newest = max((HERE / "serving" / "taxi").iterdir(), key=lambda version: int(version.name))
    model = tf.saved_model.load(str(newest))
    with next(DATA.glob("*.csv")).open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["payment_type"] == "Credit Card")
    tips = row.pop("tips")
    serve = model.signatures["serving_default"]
    chance = serve(examples=tf.constant([to_example(row).SerializeToString()]))["outputs"].numpy().item()
    print(
        f"{newest}: a rider paying ${row['fare']} by card at {row['trip_start_hour']}:00 "
        f"tips more than a fifth with probability {chance:.2f} (this one gave ${tips})"
    )


if __name__ == "__main__":
    main()
