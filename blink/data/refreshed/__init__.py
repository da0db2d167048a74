"""Training crops that are drawn anew while the training goes on."""
