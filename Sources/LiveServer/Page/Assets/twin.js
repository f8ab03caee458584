// One device's twin: desired and reported side by side, what differs lit up, and the box to edit.
import { element, replace, setText } from "/dom.js";
import { ago, count } from "/format.js";
import { badge } from "/devices.js";
import { Editor } from "/editor.js";
import { rows } from "/difference.js";

const marks = { equal: ["=", "reported as desired"], differs: ["≠", "reported differs from desired"], missing: ["?", "not reported"], extra: ["", "reported only"] };

export class TwinView {
  #device = null;
  #twin = null;
  #state = null;
  #mayGoBack = false;

  constructor(node) {
    this.heading = element("h1", {});
    this.facts = element("dl", { class: "facts" });
    this.fault = element("pre", { class: "fault", role: "alert", hidden: true });
    this.changes = element("ul", { class: "changes", "aria-live": "polite", "aria-label": "Connects and disconnects" });
    this.summary = element("p", { id: "difference", role: "status" });
    this.only = element("input", { type: "checkbox", id: "only", change: () => this.#showProperties() });
    this.body = element("tbody", {});
    this.tags = element("pre", { class: "json" });
    this.raw = element("pre", { class: "json" });
    // The answer to a patch does not tell whether the device is connected; the stream does.
    this.editor = new Editor((twin) => this.#take({ ...twin, connectionState: this.#twin?.connectionState }));
    this.content = element("div", { hidden: true },
      this.facts, this.changes,
      element("div", { class: "between" }, this.summary, element("label", { for: "only" }, this.only, " only differences")),
      element("table", { class: "properties" },
        element("caption", { class: "hidden-text" }, "Desired and reported properties"),
        element("thead", {}, element("tr", {}, ["property", "desired", "", "reported"].map((name) =>
          element("th", { scope: "col" }, name || element("span", { class: "hidden-text" }, "comparison"))))),
        this.body),
      this.editor.node,
      element("div", { class: "columns" },
        element("section", {}, element("h2", {}, "Tags"), this.tags),
        element("section", {}, element("details", {}, element("summary", {}, "The whole twin as JSON"), this.raw))));
    node.append(element("p", {}, element("a", { href: "#/devices" }, "← all devices")), this.heading, this.fault, this.content);
  }

  /** Shows a device; the stream brings its twin. */
  open(device) {
    if (device === this.#device) return;
    this.#device = device;
    this.#twin = null;
    this.#state = null;
    this.#mayGoBack = false;
    setText(this.heading, device);
    this.changes.replaceChildren();
    this.content.hidden = true;
    this.fault.hidden = true;
    this.editor.open(device);
  }

  close() {
    this.#device = null;
  }

  /** Whether a run is on, which takes edits for another writer's. */
  set isRun(value) {
    this.editor.isRun = value;
  }

  /** Takes a message of the stream. */
  show(message) {
    if (message.device !== this.#device) return;
    this.fault.hidden = !message.twinError;
    setText(this.fault, message.twinError ?? "");
    // What comes next may be the twin of a device that was made anew, whose versions begin again.
    if (message.twinError) this.#mayGoBack = true;
    if (message.twin) this.#take(message.twin);
  }

  #take(twin) {
    // An answer to a patch may overtake the stream, or the other way round; a version never goes back.
    if (this.#twin && twin.version < this.#twin.version && !this.#mayGoBack) return;
    this.#mayGoBack = false;
    this.#twin = twin;
    this.content.hidden = false;
    this.#noteState(twin);
    this.#showFacts(twin);
    this.#showProperties();
    setText(this.tags, JSON.stringify(twin.tags ?? {}, null, 2));
    setText(this.raw, JSON.stringify(twin, null, 2));
    this.editor.take(twin, performance.now());
  }

  #noteState({ connectionState }) {
    if (connectionState === undefined) return;
    if (this.#state !== null && this.#state !== connectionState) {
      this.changes.prepend(element("li", {}, badge(connectionState), ` at ${new Date().toLocaleTimeString()}`));
      this.changes.replaceChildren(...[...this.changes.children].slice(0, 5));
    }
    this.#state = connectionState;
  }

  #showFacts(twin) {
    const never = "0001-01-01T00:00:00Z";
    const active = twin.lastActivityTime && twin.lastActivityTime !== never ? ago(Date.parse(twin.lastActivityTime), Date.now()) : "never";
    const facts = [
      ["connection", badge(twin.connectionState ?? "unknown")], ["status", twin.status ?? "–"], ["last activity", active],
      ["$version desired", count(twin.properties?.desired?.$version)], ["$version reported", count(twin.properties?.reported?.$version)],
      ["ETag", element("code", {}, twin.etag ?? "–")],
    ];
    replace(this.facts, facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  }

  #showProperties() {
    if (!this.#twin) return;
    const all = rows(this.#twin);
    const different = all.filter((row) => row.state === "differs" || row.state === "missing");
    const wanted = all.filter((row) => row.state !== "extra").length;
    setText(this.summary, wanted === 0 ? "Nothing is desired."
      : different.length === 0 ? (wanted === 1 ? "The desired property is reported as desired." : `All ${count(wanted)} desired properties are reported as desired.`)
        : `${count(different.length)} of ${count(wanted)} desired ${wanted === 1 ? "property is" : "properties are"} not reported as desired.`);
    this.summary.className = different.length ? "warning" : "";
    const shown = this.only.checked ? different : all;
    replace(this.body, shown.length ? shown.map((row) => this.#row(row)) : element("tr", {}, element("td", { colspan: 4, class: "muted" }, this.only.checked ? "no differences" : "no properties")));
  }

  #row(row) {
    const [mark, meaning] = marks[row.state];
    const write = (value) => JSON.stringify(value);
    const stamp = (time) => (time ? element("span", { class: "stamp" }, `$lastUpdated ${time}`) : null);
    const name = row.path.join(".");
    const desired = row.desired === undefined ? null : element("button", {
      type: "button", class: "value", "data-key": `desired ${row.key}`, "aria-label": `edit ${name}, desired ${write(row.desired)}`,
      title: row.desiredStamp ? `edit; $lastUpdated ${row.desiredStamp}` : "edit", click: () => this.editor.begin(row.path, row.desired),
    }, write(row.desired));
    const reported = row.reported === undefined ? element("span", { class: "muted" }, row.state === "missing" ? "not reported" : "")
      : element("span", { class: "value", tabindex: 0, "data-key": `reported ${row.key}`, title: row.reportedStamp ? `$lastUpdated ${row.reportedStamp}` : null }, write(row.reported));
    return element("tr", { class: row.state, "data-path": name },
      element("th", { scope: "row" }, name),
      element("td", { class: "desired" }, desired, stamp(row.desiredStamp)),
      element("td", { class: "mark", title: meaning }, mark ? [element("span", { "aria-hidden": "true" }, mark), element("span", { class: "hidden-text" }, meaning)] : ""),
      element("td", { class: "reported" }, reported, stamp(row.reportedStamp)));
  }
}
