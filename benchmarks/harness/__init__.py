"""Measures scenarios in processes of their own, and tells the figures. Knows nothing of gristmill but its command line,
so that it can drive any revision."""
