"""What the browser does by itself; its functions stand in assets/dashboard.js."""

from dash import ClientsideFunction, Dash, Input, Output, State

from blink.dashboard.views.frame import views


def register(page: Dash) -> None:
    """Navigation, filters, what is chosen, light and dark."""

    def connect(function: str, outputs: list[Output], *inputs: Input | State) -> None:
        page.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("blink", function), outputs, *inputs
        )

    connect(
        "navigate",
        [Output(view.id, "hidden") for view in views()],
        Input("location", "pathname"),
        State("paths", "data"),
    )
    connect("theme", [Output("theme", "data")], Input("location", "href"))
    connect(
        "filter",
        [Output("filtered", "data")],
        Input("search", "value"),
        Input("states", "value"),
        Input("studies", "value"),
    )
    connect(
        "shown", [Output("shown", "data")], Input("grid", "virtualRowData"), State("shown", "data")
    )
    connect(
        "chosen",
        [Output("chosen", "data"), Output("chosen-words", "children"), Output("clear", "hidden")],
        Input("grid", "selectedRows"),
        State("chosen", "data"),
    )
    connect("clear", [Output("grid", "deselectAll")], Input("clear", "n_clicks"))
