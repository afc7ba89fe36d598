"""Mappers: row-wise functions, some of which use analyzers, one family per module."""
