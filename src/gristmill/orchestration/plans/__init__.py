"""What a run would do, said beforehand."""
