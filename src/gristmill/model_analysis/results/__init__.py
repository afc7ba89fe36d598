"""Results: the files of an evaluation, and what is read from them."""
