from dash import Dash

from blink.dashboard.callbacks import browser, choices, comparison, table, views
from blink.dashboard.shelf import Shelf


def register(page: Dash, shelf: Shelf) -> None:
    """Connects everything."""
    browser.register(page)
    table.register(page, shelf)
    choices.register(page, shelf)
    views.register(page, shelf)
    comparison.register(page, shelf)
