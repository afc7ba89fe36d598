"""Analyzers: values computed by full passes over the data, one family per module."""
