"""The language of pipelines: artifacts, channels, components and the pipeline itself."""
