"""What leaves the pipeline: push destinations of models."""

from gristmill.serving.push import PushedVersion, push_model

__all__ = ["PushedVersion", "push_model"]
