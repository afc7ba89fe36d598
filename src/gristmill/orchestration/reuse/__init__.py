"""Whether an earlier execution may stand for a new one, and why."""
