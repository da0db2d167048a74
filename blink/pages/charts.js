// Draws the charts. Colours are the page's own variables, so that they follow light and dark.
const config = {
  background: null,
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  view: { stroke: null },
  axis: {
    domainColor: "var(--line)",
    gridColor: "var(--line)",
    labelColor: "var(--quiet)",
    labelFontSize: 12,
    tickColor: "var(--line)",
    titleColor: "var(--quiet)",
    titleFontSize: 12.5,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  legend: {
    labelColor: "var(--ink)",
    labelFontSize: 12.5,
    labelLimit: 260,
    orient: "bottom",
    columns: 1,
    symbolStrokeWidth: 2.5,
    title: null,
  },
  line: { strokeWidth: 2.5 },
  point: { filled: true, size: 60, opacity: 1 },
  rule: { color: "var(--quiet)" },
  text: { color: "var(--ink)", fontSize: 12.5 },
};

for (const place of document.querySelectorAll(".chart > .canvas")) {
  const spec = JSON.parse(place.nextElementSibling.textContent);
  // `ast`: expressions are interpreted, which the page's policy allows; `eval` it does not.
  vegaEmbed(place, spec, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    config,
    tooltip: { disableDefaultStyle: true },
  }).catch((error) => console.error(error));
}
