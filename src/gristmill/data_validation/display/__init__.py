"""Schemas and anomalies as tables for people."""
