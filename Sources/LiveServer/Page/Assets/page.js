// Puts the views together: which one is shown follows from the address behind '#'.
import { setText } from "/dom.js";
import { Stream, takeToken } from "/server.js";
import { Overview } from "/overview.js";
import { Devices } from "/devices.js";
import { TwinView } from "/twin.js";

takeToken();

const byID = (id) => document.getElementById(id);
const overview = new Overview(byID("overview"));
const devices = new Devices(byID("devices"));
const twin = new TwinView(byID("twin"));
const stream = new Stream(take, showState);
let source = null;
let hasEnded = false;

function take(message) {
  if (message.history) overview.begin(message.history);
  if (message.overview) {
    source = message.overview.source;
    setText(byID("title"), message.overview.title);
    hasEnded = message.overview.outcome !== null;
    if (hasEnded) stream.end();
    overview.show(message.overview, message.time, message.history !== undefined);
    twin.isRun = source === "run" && !hasEnded;
    if (hasEnded) showState("live");
  }
  if (message.twin || message.twinError) twin.show(message);
}

function showState(state, words) {
  const texts = {
    live: hasEnded ? "run ended" : "live", connecting: "connecting …", paused: "paused",
    lost: hasEnded ? "run ended" : "no connection to twinfleet; trying again", refused: words ?? "refused",
  };
  byID("live").dataset.state = hasEnded && state !== "refused" ? "ended" : state;
  setText(byID("live"), texts[state]);
  document.body.dataset.state = state;
}

/** The view, its device and its query, from the address. */
function route() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  const parameters = new URLSearchParams(query ?? "");
  if (parts[0] === "devices") return { view: "devices", query: parameters.get("query") ?? "" };
  if (parts[0] === "device" && parts[1]) return { view: "twin", device: parts[1] };
  return { view: "overview" };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showView() {
  const { view, device, query } = route();
  for (const id of ["overview", "devices", "twin"]) byID(id).hidden = id !== view;
  for (const [id, isHere] of [["to-overview", view === "overview"], ["to-devices", view !== "overview"]]) {
    if (isHere) byID(id).setAttribute("aria-current", "page");
    else byID(id).removeAttribute("aria-current");
  }
  document.title = view === "twin" ? `${device} – twinfleet` : view === "devices" ? "devices – twinfleet" : "twinfleet";
  if (view === "devices") devices.open(query);
  else devices.close();
  if (view === "twin") twin.open(device);
  else twin.close();
  stream.start(view === "twin" ? device : null);
}

// '#main' is for the skip link, and no view.
window.addEventListener("hashchange", () => {
  if (location.hash !== "#main") showView();
});
showView();
