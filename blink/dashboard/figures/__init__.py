"""Charts: pure functions from entries to Plotly figures."""
