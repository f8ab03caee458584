// Line charts over the last five minutes, drawn as SVG.
import { element, replace, svg } from "/dom.js";

const minute = 60e6;
// How far back a chart may look, and how far apart its marks are then.
const spans = [[minute, minute / 4], [2 * minute, minute / 2], [3 * minute, minute], [5 * minute, minute]];
const height = 190;
const edge = { left: 58, right: 10, top: 8, bottom: 22 };

/** A chart with its title, legend and values under the pointer. */
export class Chart {
  #lines = [];
  #now = 0;
  #width = 0;

  /** `format` writes a value; a logarithmic chart is for values that differ by magnitudes. */
  constructor({ title, format, isLogarithmic = false }) {
    this.format = format;
    this.isLogarithmic = isLogarithmic;
    this.legend = element("ul", { class: "legend" });
    this.picture = svg("svg", { role: "img", "aria-label": title, height });
    this.readout = element("p", { class: "readout", "aria-hidden": "true" });
    this.node = element("figure", { class: "chart" }, element("figcaption", {}, title), this.legend, this.picture, this.readout);
    this.picture.addEventListener("pointermove", (event) => this.#point(event));
    this.picture.addEventListener("pointerleave", () => this.#unpoint());
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 0 && width !== this.#width) {
        this.#width = width;
        this.#draw();
      }
    }).observe(this.node);
  }

  /** Shows lines: `{ name, color, isDashed, points: [[time, value]] }`, times in microseconds, null for no value. */
  show(lines, now) {
    this.#lines = lines;
    this.#now = now;
    replace(this.legend, lines.map((line) => element(
      "li", { class: `series${line.color}` },
      svg("svg", { class: "mark", width: 22, height: 10, "aria-hidden": "true" },
        svg("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: `line${line.isDashed ? " dashed" : ""}` })),
      `${line.name} `, element("b", {}, this.#last(line)),
    )));
    this.#draw();
  }

  #last(line) {
    const last = line.points.at(-1);
    return last && last[1] !== null && this.#now - last[0] < 5e6 ? this.format(last[1]) : "–";
  }

  #draw() {
    if (this.#width === 0) return;
    const width = this.#width - 2;
    const inner = { width: width - edge.left - edge.right, height: height - edge.top - edge.bottom };
    const values = this.#lines.flatMap((line) => line.points.map((point) => point[1])).filter((value) => value !== null);
    const scale = this.isLogarithmic ? logarithmic(values) : linear(values);
    const first = Math.min(this.#now, ...this.#lines.flatMap((line) => (line.points.length > 0 ? [line.points[0][0]] : [])));
    const [span, step] = spans.find(([length]) => first >= this.#now - length) ?? spans.at(-1);
    this.x = (time) => edge.left + inner.width * (1 - (this.#now - time) / span);
    const y = (value) => edge.top + inner.height * (1 - scale.place(value));
    const parts = scale.ticks.map((tick) => [
      svg("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "tick", x: edge.left - 6, y: y(tick) + 4, "text-anchor": "end" }, this.format(tick)),
    ]).flat();
    const marks = Math.round(span / step);
    for (let mark = 0; mark <= marks; mark += 1) {
      // A phone has room for three.
      if (width < 420 && mark !== 0 && mark !== marks && mark !== Math.floor(marks / 2)) continue;
      const anchor = mark === 0 ? "end" : mark === marks ? "start" : "middle";
      const back = mark * step;
      const text = mark === 0 ? "now" : step < minute ? `−${back / 1e6} s` : `−${back / minute} min`;
      parts.push(svg("text", { class: "tick", x: this.x(this.#now - back), y: height - 5, "text-anchor": anchor }, text));
    }
    for (const line of this.#lines) {
      const path = this.#path(line, y, span);
      if (path) parts.push(svg("path", { class: `line series${line.color}${line.isDashed ? " dashed" : ""}`, d: path }));
    }
    if (values.length === 0) {
      parts.push(svg("text", { class: "empty", x: edge.left + inner.width / 2, y: edge.top + inner.height / 2, "text-anchor": "middle" }, "nothing yet"));
    }
    this.cursor = svg("line", { class: "cursor", y1: edge.top, y2: height - edge.bottom, x1: -1, x2: -1 });
    this.picture.setAttribute("width", width);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.replaceChildren(...parts, this.cursor);
    if (this.pointed !== undefined) this.#showPointed();
  }

  /** A path that breaks where there is no value, or none for more than a few seconds. */
  #path(line, y, span) {
    let path = "";
    let last = null;
    for (const [time, value] of line.points) {
      if (value === null || this.#now - time > span) {
        last = null;
        continue;
      }
      const start = last === null || time - last > 5e6;
      path += `${start ? "M" : "L"}${this.x(time).toFixed(1)} ${y(value).toFixed(1)}`;
      // A point by itself would not be seen.
      if (start) path += "h.01";
      last = time;
    }
    return path;
  }

  #point(event) {
    this.pointed = event.clientX - this.picture.getBoundingClientRect().left;
    this.#showPointed();
  }

  #unpoint() {
    this.pointed = undefined;
    this.cursor?.setAttribute("x1", -1);
    this.cursor?.setAttribute("x2", -1);
    this.readout.textContent = "";
  }

  #showPointed() {
    if (!this.x) return;
    const near = (line) => line.points.reduce((best, point) => {
      const distance = Math.abs(this.x(point[0]) - this.pointed);
      return distance < 6 && (best === null || distance < best.distance) ? { point, distance } : best;
    }, null);
    const found = this.#lines.map((line) => ({ line, near: near(line) })).filter((each) => each.near);
    this.cursor.setAttribute("x1", this.pointed);
    this.cursor.setAttribute("x2", this.pointed);
    if (found.length === 0) {
      this.readout.textContent = "";
      return;
    }
    const time = new Date(found[0].near.point[0] / 1000).toLocaleTimeString();
    const values = found.map((each) => `${each.line.name} ${each.near.point[1] === null ? "–" : this.format(each.near.point[1])}`);
    this.readout.textContent = `${time}: ${values.join(", ")}`;
  }
}

/** From nothing to a round number above all values. */
function linear(values) {
  const greatest = Math.max(1, ...values);
  const rough = greatest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough));
  const top = Math.ceil(greatest / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  return { ticks, place: (value) => value / top };
}

/** From a power of ten below all values to one above. */
function logarithmic(values) {
  const good = values.filter((value) => value > 0);
  const low = good.length ? Math.floor(Math.log10(Math.min(...good))) : 3;
  const high = Math.max(low + 1, good.length ? Math.ceil(Math.log10(Math.max(...good))) : 4);
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { ticks, place: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low) };
}
