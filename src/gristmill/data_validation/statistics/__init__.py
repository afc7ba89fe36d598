"""Mergeable statistics over record batches: one family of figures per module."""
