"""One run of a pipeline: its walk over the nodes, and what it takes over from runs that did not finish."""
