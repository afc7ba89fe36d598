"""Ends a run before its time: stopped from outside, or crashed on demand at a named point of a node's life."""
