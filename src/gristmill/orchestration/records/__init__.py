"""How runs and executions are written down in the metadata store, and who is alive."""
