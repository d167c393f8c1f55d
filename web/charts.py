"""Charts: lines and bars as SVG in the page, drawn on the server, with neither style nor script of their own.

pygal draws; what it adds for a page of its own is taken out. How a chart looks is told by `charts.css` alone. A series is told by its dashes
and the shape of its marks too, so that nobody needs colours.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree as ET

import pygal
from markupsafe import Markup
from pygal.style import Style

WIDTH, HEIGHT = 440, 270

# As many labels as find room below a chart.
MOST_LABELS = 6

# For the room that labels take; how large they are is told by the stylesheet.
ROOMY = Style(label_font_size=14, major_label_font_size=14, title_font_size=14, font_family="sans-serif")

Shape = Literal["lines", "bars", "across"]
SHAPES: dict[Shape, Callable[..., Any]] = {"lines": pygal.Line, "bars": pygal.Bar, "across": pygal.HorizontalBar}

# The longest name of a bar that lies.
LONGEST_NAME = 18

GONE = ("defs", "title", "desc")
FOR_THE_MOUSE = frozenset({"tooltip-overlay", "text-overlay"})

# Finer than a tenth nothing is seen.
_FINER = re.compile(r"(\d\.\d)\d+")


class Series(NamedTuple):
    """What is drawn in one colour: its name, and a value for each label; None where there is none."""

    name: str
    values: tuple[float | None, ...]


class Chart(NamedTuple):
    """What is drawn. `across` and `up` name the axes, with the unit; `most` is the end of an axis that is known, such as 100 percent."""

    shape: Shape
    title: str
    across: str
    up: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    most: float | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)


class Told(NamedTuple):
    """A chart, what it means, and its table: columns, rows, and the note of where there is nothing yet."""

    chart: Chart
    means: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Give the columns of the table, and whether each holds figures."""
        return [(head, number > 0) for number, head in enumerate(self.heads)]


@lru_cache(maxsize=512)
def drawn(chart: Chart) -> Markup:
    """Draw a chart. The answers are remembered: figures stay the same until they are summed up anew."""
    made = SHAPES[chart.shape](
        width=WIDTH,
        height=HEIGHT,
        style=ROOMY,
        css=(),
        js=(),
        margin=6,
        spacing=6,
        dots_size=4,
        show_legend=False,
        include_x_axis=True,
        range=(0, chart.most) if chart.most else None,
        max_scale=6,
        order_min=0 if _is_counted(chart) else None,
        value_formatter=_written,
        truncate_label=LONGEST_NAME if chart.shape == "across" else -1,
        x_title=chart.across,
        y_title=chart.up,
    )
    made.x_labels = chart.labels
    if chart.shape != "across" and len(chart.labels) > MOST_LABELS:
        made.x_labels_major_every = -(-len(chart.labels) // MOST_LABELS)
        made.show_minor_x_labels = False
    for series in chart.series:
        made.add(series.name, list(series.values))
    return Markup(_plain(made.render_tree(), described(chart)))  # noqa: S704 - what ElementTree wrote is escaped


def _is_counted(chart: Chart) -> bool:
    """Tell whether only whole things are counted, so that an axis has no fractions."""
    return all(value is None or value.is_integer() for series in chart.series for value in series.values)


def described(chart: Chart) -> str:
    """Say what a chart shows, for whoever does not see it."""
    told = [f"{series.name} {_from_to(series.values)}" for series in chart.series]
    return f"{chart.title}. {'; '.join(told)}. The figures are in the table below."


def _from_to(values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    if not there:
        return "has no figures yet"
    if len(there) == 1:
        return f"is {_written(there[0])}"
    return f"goes from {_written(there[0])} to {_written(there[-1])}, lowest {_written(min(there))}, highest {_written(max(there))}"


def _written(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if abs(value) < 1000 else f"{value:,.0f}"


def _plain(svg: ET.Element, description: str) -> str:
    """Take out what a page under our policy may not have, and what only a mouse would find."""
    for parent in list(svg.iter()):
        parent.attrib.pop("style", None)
        parent.attrib.pop("id", None)
        for child in list(parent):
            if _goes(child):
                parent.remove(child)
    for group in svg.iter("g"):
        if "serie-1" in _classes(group):
            _square(group)
    svg.attrib.pop("xmlns", None)
    svg.attrib.update({"role": "img", "aria-label": description, "class": "chart"})
    return _FINER.sub(r"\1", ET.tostring(svg, encoding="unicode"))


def _goes(element: Any) -> bool:
    """Tell whether an element is no part of the chart itself; a comment's tag is what makes comments."""
    return element.tag is ET.Comment or element.tag in GONE or not FOR_THE_MOUSE.isdisjoint(_classes(element))


def _classes(element: ET.Element) -> set[str]:
    return set(element.get("class", "").split())


def _square(series: ET.Element) -> None:
    """Mark the second series by squares instead of dots."""
    for mark in list(series.iter("circle")):
        x, y, size = (float(mark.attrib.pop(name)) for name in ("cx", "cy", "r"))
        mark.tag = "rect"
        mark.attrib.update(
            {"x": f"{x - size:g}", "y": f"{y - size:g}", "width": f"{2 * size:g}", "height": f"{2 * size:g}"}
        )
