// The way to twinfleet: requests with the token, and the stream of events.

const slot = "twinfleet-token";

/** Takes the token out of the address into this origin's own storage, where no other port sees it. */
export function takeToken() {
  const address = new URL(location.href);
  const token = address.searchParams.get("token");
  if (!token) return;
  localStorage.setItem(slot, token);
  address.searchParams.delete("token");
  history.replaceState(null, "", address.pathname + address.search + address.hash);
}

function headers(more = {}) {
  return { "X-Twinfleet-Token": localStorage.getItem(slot) ?? "", ...more };
}

/** What the server says is wrong. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks the server for JSON; throws a Refusal with words for people. */
export async function ask(path, parameters = {}, options = {}) {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  let response;
  try {
    response = await fetch(query ? `${path}?${query}` : path, {
      cache: "no-store", credentials: "same-origin", ...options, headers: headers(options.headers),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "twinfleet does not answer; has it ended?");
  }
  if (response.ok) return response.json();
  const text = await response.text();
  let message = text.trim();
  try {
    message = JSON.parse(text).error ?? message;
  } catch {
    // It was plain text.
  }
  throw new Refusal(response.status, message);
}

/** Changes desired properties; the patch is the text as it was typed. */
export function patchTwin(device, patch, etag) {
  return ask("/api/twin", { device }, {
    method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ patch, etag }),
  });
}

/** Reads the stream of events while the page can be seen, and begins anew when it breaks. */
export class Stream {
  #device = null;
  #abort = null;
  #timer = null;
  #hasEnded = false;

  /** `onMessage` gets each message, `onState` "live", "connecting", "refused", "paused" or "lost", with words or none. */
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.#begin()));
  }

  /** Begins, with the twin of a device or without. */
  start(device = null) {
    if (this.#abort && this.#device === device) return;
    this.#device = device;
    this.#begin();
  }

  /** Nothing more will come: the run has ended. */
  end() {
    this.#hasEnded = true;
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    if (!this.#hasEnded) this.onState("paused");
  }

  async #begin() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const query = this.#device === null ? "" : `?device=${encodeURIComponent(this.#device)}`;
      const response = await fetch(`/api/events${query}`, { headers: headers(), cache: "no-store", signal: abort.signal });
      if (!response.ok) {
        this.onState("refused", (await response.text()).trim());
        return;
      }
      this.onState("live");
      await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader(), abort);
    } catch {
      // Broken off, by us or by the server; what to do is the same.
    }
    if (abort.signal.aborted) return;
    this.#abort = null;
    this.onState("lost");
    if (!this.#hasEnded) this.#timer = setTimeout(() => this.#begin(), 2000);
  }

  async #read(reader, abort) {
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const messages = text.split("\n\n");
      text = messages.pop();
      for (const message of messages) {
        const lines = message.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
        if (lines.length > 0 && !abort.signal.aborted) this.onMessage(JSON.parse(lines.join("\n")));
      }
    }
  }
}
