"""Which mistakes there are, what they cost, and what they suggest."""
