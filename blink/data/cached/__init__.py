"""Files of the cache that are mapped, not loaded: packed crops, index of rows, odds of a draw."""
