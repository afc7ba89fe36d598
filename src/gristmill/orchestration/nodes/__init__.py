"""The life of one node in a run: its inputs, its work, its outputs."""
