"""Pages that open from disk: one HTML file each, which needs nothing but itself."""

from blink.pages.axis import Axis, fit_axis
from blink.pages.charts import chart
from blink.pages.colours import base_style, colours
from blink.pages.environment import Filters, environment
from blink.pages.markdown import cell
from blink.pages.page import render, write_page
from blink.pages.pictures import Picture, png_uri
from blink.pages.stills import still
from blink.pages.tables import Cell, Column, Line, Mark, Table, Track

__all__ = [
    "Axis",
    "Cell",
    "Column",
    "Filters",
    "Line",
    "Mark",
    "Picture",
    "Table",
    "Track",
    "base_style",
    "cell",
    "chart",
    "colours",
    "environment",
    "fit_axis",
    "png_uri",
    "render",
    "still",
    "write_page",
]
