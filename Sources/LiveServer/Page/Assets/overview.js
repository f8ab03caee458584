// The view of the whole: figures, charts of the last five minutes, errors, and how a run has ended.
import { element, replace, update, updateRow } from "/dom.js";
import { count, megabytes, micros, seconds } from "/format.js";
import { Chart } from "/chart.js";

const span = 5 * 60 * 1e6;
const measures = { sync: "intended → acknowledged", delivery: "intended → delivered", echo: "delivered → acknowledged" };

export class Overview {
  #samples = [];
  #measure = "sync";
  #latest = null;

  constructor(node) {
    this.outcome = element("section", { id: "outcome", "aria-label": "Result", "aria-live": "polite" });
    this.phase = element("section", { class: "phase", "aria-label": "Phase" });
    this.tiles = element("dl", { class: "tiles" });
    this.latency = new Chart({ title: "Latency, last 10 s of each moment (logarithmic)", format: micros, isLogarithmic: true });
    this.rates = new Chart({ title: "Per second", format: count });
    this.connections = new Chart({ title: "Devices connected", format: count });
    this.inFlight = new Chart({ title: "Changes in flight", format: count });
    this.choice = element("fieldset", { class: "choice" }, element("legend", {}, "Latency"),
      Object.entries(measures).map(([name, meaning]) => element("label", { title: meaning },
        element("input", { type: "radio", name: "measure", value: name, checked: name === this.#measure, change: () => this.#choose(name) }), name)));
    this.latency.legend.before(this.choice);
    this.tables = element("div", { class: "columns" });
    node.append(this.outcome, this.phase, this.tiles,
      element("div", { class: "charts" }, this.latency.node, this.rates.node, this.connections.node, this.inFlight.node), this.tables);
  }

  /** Takes what the charts had before this page was opened. */
  begin(history) {
    this.#samples = history;
  }

  /** Shows an overview; one that came with the history is in it already. */
  show(overview, time, isInHistory) {
    this.#latest = { overview, time };
    if (!isInHistory) this.#samples.push({ time, ...overview });
    while (this.#samples.length > 0 && this.#samples[0].time < time - span) this.#samples.shift();
    this.#showOutcome(overview);
    this.#showPhase(overview);
    replace(this.tiles, tiles(overview).map(([name, value, note]) => element("div", {},
      element("dt", {}, name), element("dd", {}, value, note ? element("small", {}, ` ${note}`) : null))));
    this.#showCharts(overview, time);
    update(this.tables, tables(overview), updateTable);
  }

  #choose(measure) {
    this.#measure = measure;
    if (this.#latest) this.#showCharts(this.#latest.overview, this.#latest.time);
  }

  #showOutcome({ outcome }) {
    this.outcome.hidden = !outcome;
    if (!outcome || this.shown === outcome.verdict) return;
    this.shown = outcome.verdict;
    const [tone, words] = outcome.interrupted ? [outcome.verdict === "FAIL" ? "fail" : "doubtful", ", interrupted"] : [outcome.verdict.toLowerCase(), ""];
    replace(this.outcome, element("h2", { class: `verdict ${tone}` }, `Run ended: ${outcome.verdict}${words}`),
      outcome.reasons.length ? element("ul", {}, outcome.reasons.map((reason) => element("li", {}, reason))) : null,
      outcome.folder ? element("p", {}, "Files: ", element("code", {}, outcome.folder)) : null,
      numbers("How the changes ended", outcome.accounting, "accounting"));
  }

  #showPhase({ phase, elapsed, hub, outcome }) {
    const planned = phase?.planned;
    const left = planned ? Math.max(0, planned - phase.seconds) : null;
    replace(this.phase,
      phase && !outcome ? element("p", {}, element("b", {}, phase.name), ` for ${seconds(phase.seconds)}`, left === null ? "" : `, ${seconds(left)} left`) : null,
      planned && !outcome ? element("progress", { max: planned, value: Math.min(phase.seconds, planned), "aria-label": `${phase.name} phase` }) : null,
      element("p", { class: "muted" }, `hub ${hub} · ${outcome ? "lasted" : "up for"} ${seconds(elapsed)}`));
  }

  #showCharts(overview, time) {
    const line = (name, color, value, isDashed = false) =>
      ({ name, color, isDashed, points: this.#samples.map((sample) => [sample.time, value(sample) ?? null]) });
    const find = (rows, name) => rows?.find((row) => row.name === name);
    const transports = [...new Set(overview.latencies.map((row) => row.name))];
    const latency = (sample, name) => sample.latencies.find((row) => row.name === name && row.measure === this.#measure && row.count > 0);
    this.latency.node.hidden = transports.length === 0;
    this.latency.show(transports.flatMap((name, color) => [
      line(`${name} p50`, color, (sample) => latency(sample, name)?.p50),
      line(`${name} p99`, color, (sample) => latency(sample, name)?.p99, true),
    ]), time);
    this.rates.show(overview.rates.map(({ name }, color) => line(name, color, (sample) => find(sample.rates, name)?.perSecond)), time);
    this.connections.show(overview.connections.map(({ name }, color) =>
      line(name, color, (sample) => find(sample.connections, name)?.connected)), time);
    this.inFlight.node.hidden = overview.inFlight === null;
    this.inFlight.show([line("in flight", 0, (sample) => sample.inFlight)], time);
  }
}

function tiles(overview) {
  const devices = Object.fromEntries(overview.devices.map((row) => [row.name, row.count]));
  const rows = [["connected", count(devices.connected), `of ${count(devices.declared ?? devices.registered)} devices`]];
  if (devices.ready !== undefined) rows.push(["ready", count(devices.ready), devices.failed ? `${count(devices.failed)} failed` : ""]);
  for (const rate of overview.rates) rows.push([rate.name, `${count(rate.perSecond)}/s`, `${count(rate.total)} in all`]);
  if (overview.inFlight !== null) rows.push(["in flight", count(overview.inFlight), ""]);
  if (overview.cpuShare !== null) rows.push(["generator", `${Math.round(overview.cpuShare * 100)} %`, `of the processors, ${megabytes(overview.residentBytes)}`]);
  return rows;
}

function tables(overview) {
  const latencies = overview.latencies.filter((row) => row.count > 0);
  return [
    latencies.length ? table("Latency over the last 10 s", ["transport", "latency", "count", "p50", "p90", "p99", "max"],
      latencies.map((row) => [row.name, row.measure, count(row.count), micros(row.p50), micros(row.p90), micros(row.p99), micros(row.max)]), 2, null, "wide") : null,
    overview.connections.some((row) => row.expected !== null)
      ? table("Devices connected", ["transport", "connected", "of"], overview.connections.map((row) =>
        [row.name, count(row.connected), count(row.expected)]), 1)
      : numbers("Devices connected", overview.connections.map((row) => ({ name: row.name, count: row.connected })), "connected"),
    numbers("Totals", [...overview.rates.map((row) => ({ name: row.name, count: row.total })), ...overview.counters], "totals"),
    overview.errors.length ? numbers("Errors by reason", overview.errors, "errors")
      : element("section", { id: "errors", "data-row": "no errors" }, element("h2", {}, "Errors by reason"), element("p", { class: "muted" }, "none")),
  ];
}

function numbers(title, rows, id) {
  return table(title, null, rows.map((row) => [row.name, count(row.count)]), 1, id);
}

/** A table whose first columns are texts and whose others are numbers. */
function table(title, head, rows, texts, id, kind) {
  const cell = (value, index) => (index === 0 ? element("th", { scope: "row" }, value)
    : element("td", { class: index < texts ? null : "number" }, value));
  const scroller = kind === "wide" ? { tabindex: 0, role: "region", "aria-label": title } : {};
  return element("section", { id, class: kind, "data-row": title }, element("h2", {}, title), element("div", { class: "scroll", ...scroller }, element("table", {},
    head ? element("thead", {}, element("tr", {}, head.map((name, index) =>
      element("th", { scope: "col", class: index < texts ? null : "number" }, name)))) : null,
    element("tbody", {}, rows.map((row) => element("tr", { "data-row": row.slice(0, texts).join(" ") }, row.map(cell)))))));
}

/** Takes over a table's rows, so that where it is scrolled to stays. */
function updateTable(before, after) {
  const part = (node, name) => node.querySelector(name);
  if (!part(before, "tbody") || !part(after, "tbody") || part(before, "thead")?.textContent !== part(after, "thead")?.textContent) return false;
  update(part(before, "tbody"), [...part(after, "tbody").children], updateRow);
  return true;
}
