"""Where a data set came from and what it became: versions, differences, corrections, cards."""
