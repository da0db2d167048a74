"""Training crops that are rendered anew while the training goes on."""
