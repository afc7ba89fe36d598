"""Anomalies: where data breaks its schema, drifts from earlier data, or differs from serving data."""
