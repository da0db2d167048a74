"""Searches: many experiments, drawn by Optuna, run side by side, kept in a study."""
