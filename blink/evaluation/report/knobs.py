import altair as alt
from markupsafe import Markup

from blink.contract.wording import percent, plural
from blink.evaluation import wording
from blink.evaluation.experience.results import KnobSearch
from blink.pages import chart


def knobs_chart(search: KnobSearch, currency: str) -> Markup:
    """What other knobs save, against what a faultless intelligence would."""
    costs = {
        "as configured": search.cost,
        "best knobs": search.best_cost,
        "faultless intelligence": search.perfect_cost,
    }
    names = list(costs)
    values = [{"what": what, "cost": cost} for what, cost in costs.items()]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            "what:N",
            sort=names,
            title=None,
            axis=alt.Axis(domain=False, ticks=False, labelLimit=200),
        ),
        x=alt.X("cost:Q", title=f"cost per 1,000 uses, {currency}"),
    )
    colour = alt.Scale(domain=names, range=["var(--c6)", "var(--c0)", "var(--c2)"])
    bars = base.mark_bar().encode(color=alt.Color("what:N", scale=colour, legend=None))
    numbers = base.mark_text(align="left", dx=6).encode(text=alt.Text("cost:Q", format=",.3~r"))
    return chart(alt.layer(bars, numbers).properties(height=130), _describe(search, currency))


def _describe(search: KnobSearch, currency: str) -> str:
    """How much of the problem other knobs solve, in sentences."""
    best = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in search.best.items())
    solved = (
        "nothing is left to solve"
        if search.solved is None
        else f"they solve {percent(search.solved)} % of the problem without a better model"
        if search.solved > 0
        else "they solve nothing on these people"
    )
    tried = plural(search.tried, "setting", "settings")
    threshold = wording.probability(search.operating_point.threshold)
    before, after = (wording.money(cost, currency) for cost in (search.cost, search.best_cost))
    return (
        f"Of {tried} of the knobs, validation people fare best with {best}, threshold {threshold}: "
        f"from {before} to {after} on these people; {solved}."
    )
