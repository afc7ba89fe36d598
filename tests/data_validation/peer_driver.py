"""Runs TensorFlow Data Validation on the requests of a test; started by that package's own interpreter.

Usage: peer_driver.py DIRECTORY. Reads requests.json, a list of [function, arguments]: an argument that ends in .pb
names a binary message in the directory, one that ends in .parquet a DataFrame. Writes the N-th result to N.pb, or the
error to N.error.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2


def main(directory: Path) -> None:
    for number, (function, arguments) in enumerate(json.loads((directory / "requests.json").read_text())):
        given = {name: _argument(directory, name, value) for name, value in arguments.items()}
        try:
            result = getattr(tfdv, function)(**given)
        except Exception as error:  # noqa: BLE001 - the test wants to see any error of the peer
            (directory / f"{number}.error").write_text(f"{type(error).__name__}: {error}")
        else:
            (directory / f"{number}.pb").write_bytes(result.SerializeToString(deterministic=True))


def _argument(directory: Path, name: str, value: object) -> object:
    if isinstance(value, str) and value.endswith(".parquet"):
        return pd.read_parquet(directory / value)
    if isinstance(value, str) and value.endswith(".pb"):
        kind = schema_pb2.Schema if name == "schema" else statistics_pb2.DatasetFeatureStatisticsList
        return kind.FromString((directory / value).read_bytes())
    if name == "stats_options":
        return tfdv.StatsOptions(**value)
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
