// The table of devices, found by a twin query, a hundred at a time.
import { element, replace, setText, update, updateRow } from "/dom.js";
import { ago, count } from "/format.js";
import { ask } from "/server.js";

const examples = ["connectionState = 'Disconnected'", "tags.location.plant = 'Redmond43'", "properties.reported.connectivity.type = 'cellular'"];

export class Devices {
  #query = "";
  #pages = [null];
  #next = null;
  #timer = null;
  #asking = null;
  #isOpen = false;

  constructor(node) {
    this.input = element("input", { id: "query", type: "search", autocomplete: "off", spellcheck: "false", autocapitalize: "off",
      placeholder: "all devices", "aria-describedby": "query-help" });
    this.fault = element("div", { id: "fault", class: "fault", role: "alert", hidden: true });
    this.note = element("p", { class: "muted", role: "status" });
    this.body = element("tbody", { keydown: (event) => this.#move(event) });
    this.head = element("thead", {}, element("tr", {}, ["device", "state", "tags", "desired $version", "last activity"].map((name) =>
      element("th", { scope: "col", class: name.includes("$") ? "number" : null }, name))));
    this.table = element("table", { class: "devices" }, element("caption", { class: "hidden-text" }, "Devices"), this.head, this.body);
    this.previous = element("button", { type: "button", click: () => this.#turn(-1) }, "Previous");
    this.following = element("button", { type: "button", click: () => this.#turn(1) }, "Next");
    const form = element("form", { class: "search", role: "search", submit: (event) => this.#search(event) },
      element("label", { for: "query" }, "Twin query"), this.input, element("button", { type: "submit", class: "main" }, "Search"));
    node.append(form,
      element("p", { id: "query-help", class: "muted" }, "A condition, or a whole query that begins with SELECT. For example: ",
        examples.map((text, index) => [index ? ", " : "", element("a", { href: `#/devices?query=${encodeURIComponent(text)}` }, element("code", {}, text))]).flat()),
      this.fault, this.note, this.table, element("p", { class: "pages" }, this.previous, this.following));
    document.addEventListener("visibilitychange", () => this.#load());
  }

  /** Shows the devices of a query. */
  open(query) {
    const isSame = this.#isOpen && query === this.#query;
    this.#isOpen = true;
    if (isSame) return;
    this.#query = query;
    this.input.value = query;
    this.#begin();
  }

  /** Asks the hub no more. */
  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  #search(event) {
    event.preventDefault();
    const query = this.input.value.trim();
    const address = query ? `#/devices?query=${encodeURIComponent(query)}` : "#/devices";
    if (location.hash === address) this.#begin();
    else location.hash = address;
  }

  #begin() {
    this.#pages = [null];
    this.#next = null;
    this.#load();
  }

  #turn(step) {
    if (step > 0 ? !this.#next : this.#pages.length === 1) return;
    if (step > 0) this.#pages.push(this.#next);
    else this.#pages.pop();
    // Where the page that is asked for leads on is not known before it is there: a click until then does nothing.
    this.#next = null;
    this.#load();
  }

  async #load() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (!this.#isOpen || document.hidden) return;
    const asking = new AbortController();
    this.#asking = asking;
    let wait = 10;
    try {
      const answer = await ask("/api/devices", { query: this.#query, page: this.#pages.at(-1) }, { signal: asking.signal });
      wait = answer.refresh;
      this.#show(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      // The place in the answer may be one that the hub knows no more.
      if (error.status === 400 && this.#pages.length > 1) {
        this.#begin();
        return;
      }
      this.#complain(error.message);
      // A query that is wrong stays so.
      if (error.status === 400) {
        this.#next = null;
        setText(this.note, "");
        replace(this.body);
        this.#showPages();
        return;
      }
    }
    if (!asking.signal.aborted) this.#timer = setTimeout(() => this.#load(), wait * 1000);
  }

  #show({ rows, next, refresh }) {
    this.#next = next;
    this.fault.hidden = true;
    const first = (this.#pages.length - 1) * 100;
    const range = rows.length ? `${count(first + 1)} to ${count(first + rows.length)}` : "no devices";
    setText(this.note, `${range}${next ? ", and more" : ""}; read again every ${refresh} s while you look`);
    const now = Date.now();
    this.head.hidden = rows.some((row) => row.raw);
    update(this.body, rows.map((row, index) => (row.raw ? rawRow(row, index) : deviceRow(row, now))), updateRow);
    this.#showPages();
  }

  /** The query with the mark under its place must not be wrapped, the words around it may. */
  #complain(message) {
    this.fault.hidden = false;
    const lines = message.split("\n");
    const place = lines.filter((line) => line.startsWith("  "));
    replace(this.fault, lines.filter((line) => !line.startsWith("  ")).map((line) => element("p", {}, line)),
      place.length ? element("pre", { tabindex: 0 }, place.join("\n")) : null);
  }

  #showPages() {
    this.previous.disabled = this.#pages.length === 1;
    this.following.disabled = !this.#next;
    this.previous.parentNode.hidden = this.previous.disabled && this.following.disabled;
  }

  /** Arrow keys go from device to device. */
  #move(event) {
    const links = [...this.body.querySelectorAll("a")];
    const index = links.indexOf(document.activeElement);
    const goal = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: links.length - 1 }[event.key];
    if (goal === undefined || index < 0 || !links[goal]) return;
    event.preventDefault();
    links[goal].focus();
  }
}

function rawRow(row, index) {
  return element("tr", { "data-row": `row ${index}` }, element("td", { colspan: 5 }, element("code", {}, row.raw)));
}

function deviceRow(row, now) {
  const isDisabled = row.status === "disabled";
  return element("tr", { "data-row": `device ${row.id}` },
    element("th", { scope: "row" }, element("a", { href: `#/device/${encodeURIComponent(row.id)}`, "data-key": row.id }, row.id)),
    element("td", { class: "state" }, badge(row.state), isDisabled ? " disabled" : ""),
    element("td", { class: "tags" }, row.tags || "–"),
    element("td", { class: "number", "data-label": "desired $version" }, count(row.desiredVersion)),
    element("td", { class: "activity", title: row.activity }, row.activity ? ago(Date.parse(row.activity), now) : "never"));
}

/** The connection state as a word with a mark. */
export function badge(state) {
  return element("span", { class: `badge ${state.toLowerCase()}` }, state === "Connected" ? "connected" : state === "Disconnected" ? "disconnected" : state);
}
