"""The small functions that executors of existing projects call: files, splits, messages as JSON, paths of models."""
