// The chart above the delivery report: planned and played spots by day. The tables below it hold the same numbers.
import uPlot from "uplot";
import { chartData, type Day } from "./lib/chart";

const HEIGHT_PX = 240;
const LABEL_ROOM_PX = 36; // half of the last day's label, which is centred on the right edge
const host = document.querySelector<HTMLElement>("#delivery-chart");

function draw(chart: HTMLElement): uPlot {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: colour("--bs-secondary-color"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const label = (name: string): string => chart.dataset[name] ?? "";
  const days = JSON.parse(chart.dataset.days ?? "[]") as Day[];
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const options: uPlot.Options = {
    width: chart.clientWidth,
    height: HEIGHT_PX,
    padding: [8, LABEL_ROOM_PX, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"), // a date does not depend on the browser's zone
    scales: { y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [{ ...axis, values: "{YYYY}-{MM}-{DD}", space: 90, incrs: [1, 2, 5, 7, 14, 28, 56].map((n) => n * 86_400) }, { ...axis, size: 64, values: (_chart, ticks) => ticks.map((tick) => numbers.format(tick)) }],
    series: [
      { label: label("day"), value: "{YYYY}-{MM}-{DD}" },
      { label: label("planned"), stroke: colour("--bs-secondary-color"), dash: [6, 4], width: 2, value: (_chart, value) => (value === null ? "–" : numbers.format(value)) },
      { label: label("played"), stroke: colour("--accent-text"), fill: colour("--accent-soft"), width: 2, points: { show: true }, value: (_chart, value) => (value === null ? "–" : numbers.format(value)) },
    ],
  };
  return new uPlot(options, chartData(days), chart);
}

if (host) {
  let chart = draw(host);
  const redraw = (): void => {
    chart.destroy();
    chart = draw(host);
  };
  new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height: HEIGHT_PX })).observe(host);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
