"""Schemas: inferred from statistics, updated with more of them, looked up and edited."""
