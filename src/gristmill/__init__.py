"""gristmill: production machine-learning pipelines, from raw rows to a validated, served model."""
