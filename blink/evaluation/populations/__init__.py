"""For whom it works: groups, pairs of attributes, regions that nobody listed."""
