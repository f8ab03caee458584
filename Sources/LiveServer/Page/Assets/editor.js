// The box that patches desired properties, and the list of what came back.
import { element, setText } from "/dom.js";
import { micros } from "/format.js";
import { patchTwin } from "/server.js";
import { areEqual, echo } from "/difference.js";

export class Editor {
  #device = null;
  #twin = null;
  #seen = 0;
  #edits = [];

  /** `onTwin` gets the twin as it is after a patch. */
  constructor(onTwin) {
    this.onTwin = onTwin;
    this.text = element("textarea", { id: "patch", rows: 4, spellcheck: "false", autocapitalize: "off", "aria-describedby": "patch-help patch-message",
      keydown: (event) => this.#key(event) });
    this.guarded = element("input", { type: "checkbox", id: "guarded" });
    this.message = element("pre", { id: "patch-message", role: "status" });
    this.list = element("ol", { class: "echoes", id: "echoes", "aria-live": "polite" });
    this.foreign = element("p", { class: "warning", hidden: true },
      "A run is on: your edit is a change by another writer, and the run counts it as one (foreign changes).");
    this.button = element("button", { type: "submit", class: "main" }, "Patch desired");
    this.node = element("form", { class: "editor", submit: (event) => this.#submit(event) },
      element("h2", {}, "Change desired properties"),
      element("p", { id: "patch-help", class: "muted" }, "A JSON merge patch: what it names is set, null removes. Choose a desired value above to begin with it. Ctrl+Enter sends."),
      this.foreign,
      element("label", { for: "patch" }, "Patch"), this.text, this.message,
      element("p", { class: "actions" }, this.button, element("label", { for: "guarded" }, this.guarded, " only if the twin has not changed since (ETag)")),
      element("h3", {}, "Echoes"), this.list);
  }

  /** Begins with another device. */
  open(device) {
    if (device !== this.#device) {
      this.#edits = [];
      this.list.replaceChildren();
      this.text.value = "";
      this.#tell("");
    }
    this.#device = device;
    this.#twin = null;
  }

  /** Puts a property into the box, its value marked, so that typing replaces it. */
  begin(path, value) {
    const written = JSON.stringify(value);
    const [open, close] = [path.map((key) => `{ ${JSON.stringify(key)}: `).join(""), " }".repeat(path.length)];
    this.text.value = open + written + close;
    this.text.focus();
    this.text.setSelectionRange(open.length, open.length + written.length);
    this.#tell("");
  }

  /** Takes the twin as it is now, and looks for what was waited for. */
  take(twin, seen) {
    this.#twin = twin;
    this.#seen = seen;
    for (const edit of this.#edits) this.#look(edit, twin, seen);
  }

  set isRun(value) {
    this.foreign.hidden = !value;
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.node.requestSubmit();
    }
  }

  #tell(text, isFault = false) {
    setText(this.message, text);
    this.message.classList.toggle("fault", isFault);
    if (isFault) this.text.setAttribute("aria-invalid", "true");
    else this.text.removeAttribute("aria-invalid");
  }

  async #submit(event) {
    event.preventDefault();
    if (this.button.disabled) return;
    const [device, text, sent] = [this.#device, this.text.value, performance.now()];
    this.button.disabled = true;
    this.#tell("sending …");
    try {
      const { twin } = await patchTwin(device, text, this.guarded.checked ? this.#twin?.etag ?? null : null);
      if (device !== this.#device) return;
      const edit = { patch: JSON.parse(text), sent, accepted: performance.now() - sent, version: twin.properties.desired.$version, hasEcho: false };
      edit.node = element("li", { "data-version": edit.version });
      this.#edits.unshift(edit);
      this.list.prepend(edit.node);
      this.list.replaceChildren(...[...this.list.children].slice(0, 20));
      this.#edits.length = Math.min(this.#edits.length, 20);
      this.#tell("");
      this.#wait(edit, twin);
      this.onTwin(twin);
      // The stream may have brought a newer twin before this answer, and the echo with it.
      if (this.#twin) this.#look(edit, this.#twin, this.#seen);
    } catch (error) {
      if (device === this.#device) this.#tell(error.message, true);
    } finally {
      this.button.disabled = false;
    }
  }

  #look(edit, twin, seen) {
    if (edit.hasEcho || edit.isOver) return;
    const latency = echo(twin, edit.patch);
    if (latency === undefined) {
      edit.isOver = true;
      this.#write(edit, "removes only, so nothing is to be reported");
    } else if (latency !== null) {
      edit.hasEcho = true;
      edit.node.classList.add("arrived");
      edit.node.dataset.latency = latency;
      this.#write(edit, `echo after ${micros(latency)} by the hub's clock; this page saw it after ${Math.round(seen - edit.sent)} ms`);
    } else if (twin.properties.desired.$version > edit.version && !isStillWanted(edit.patch, twin.properties.desired)) {
      edit.isOver = true;
      this.#write(edit, "overwritten by a later change before an echo was seen");
    } else this.#wait(edit, twin);
  }

  #wait(edit, { connectionState }) {
    this.#write(edit, connectionState === "Disconnected"
      ? "waiting for the device, which is not connected; it gets this when it connects" : "waiting for the device's echo …");
  }

  #write(edit, words) {
    edit.node.replaceChildren(element("code", {}, JSON.stringify(edit.patch)), ` $version ${edit.version}, accepted after ${Math.round(edit.accepted)} ms: `, element("b", {}, words));
  }
}

/** Whether desired still has what a patch has set. */
function isStillWanted(patch, desired) {
  return Object.entries(patch).every(([key, value]) => {
    if (value === null) return desired?.[key] === undefined;
    if (typeof value === "object" && !Array.isArray(value)) return isStillWanted(value, desired?.[key]);
    return areEqual(value, desired?.[key]);
  });
}
