// Numbers and times as people read them.

const groups = new Intl.NumberFormat("en-US");

/** A whole number with its thousands apart. */
export function count(value) {
  return value === null || value === undefined ? "–" : groups.format(value);
}

/** A time given in microseconds, with three digits and its unit. */
export function micros(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1000) return `${Math.round(value)} µs`;
  if (value < 999500) return `${digits(value / 1000)} ms`;
  return `${digits(value / 1000000)} s`;
}

function digits(value) {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : groups.format(Math.round(value));
}

/** A time given in seconds, such as 1 h 02 min. */
export function seconds(value) {
  const whole = Math.max(0, Math.floor(value));
  if (whole < 60) return `${whole} s`;
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Bytes in MB. */
export function megabytes(value) {
  return `${groups.format(Math.round(value / 1e6))} MB`;
}

/** How long ago something was, both in milliseconds since 1970. */
export function ago(then, now) {
  const passed = (now - then) / 1000;
  if (passed < 2) return "now";
  if (passed < 86400) return `${seconds(passed)} ago`;
  return new Date(then).toISOString().slice(0, 16).replace("T", " ");
}

/** A hub's timestamp in microseconds since 1970; the hub writes up to seven digits, which a Date would cut. */
export function hubTime(text) {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text ?? "");
  if (!match) return null;
  return Date.parse(`${match[1]}Z`) * 1000 + Math.floor(Number((match[2] ?? "0").padEnd(7, "0").slice(0, 7)) / 10);
}
