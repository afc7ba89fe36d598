"""The kinds of artifacts and executions that the metadata store knows by itself."""

from gristmill.dsl.system_artifacts import Dataset, Metrics, Model, Statistics
from gristmill.dsl.system_executions import Deploy, Evaluate, Process, Train, Transform

__all__ = ["Dataset", "Deploy", "Evaluate", "Metrics", "Model", "Process", "Statistics", "Train", "Transform"]
