from io import BytesIO

import altair as alt
import PIL.Image

from blink.pages import colours, still


def test_still_is_a_picture_in_the_light_colours_when_a_chart_names_them() -> None:
    bar = alt.Chart(alt.InlineData(values=[{"x": "a", "y": 1}])).mark_bar(color="var(--c1)")
    drawn = bar.encode(x="x:N", y="y:Q")

    picture = PIL.Image.open(BytesIO(still(drawn, "A bar"))).convert("RGB")

    width, height = picture.size
    assert width > 1000
    assert picture.getpixel((0, 0)) == (0xFF, 0xFF, 0xFF)
    assert picture.getpixel((width // 2, height // 2)) == (0xC6, 0x52, 0x00)


def test_colours_have_the_same_names_in_both_themes_when_read() -> None:
    light, dark = colours(is_dark=False), colours(is_dark=True)

    assert (light["accent"], dark["accent"]) == ("#0064a8", "#6fbcf0")
    assert (light["warn-wash"], dark["warn-wash"]) == ("#fbeedd", "#3a2a17")
    assert set(dark) == set(light)
