"""Coders: rows as text or serialized examples."""

from gristmill.transform.coders.csv_coder import CsvCoder
from gristmill.transform.coders.example_proto_coder import ExampleProtoCoder

__all__ = ["CsvCoder", "ExampleProtoCoder"]
