// Compares desired and reported properties, leaf by leaf.
import { hubTime } from "/format.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The properties of a section without the hub's own members. */
export function values(section) {
  return Object.fromEntries(Object.entries(section ?? {}).filter(([key]) => !key.startsWith("$")));
}

/** The leaves as [path, value]; a path is a list of keys, an empty object is a leaf. */
function leaves(object, path = []) {
  return Object.entries(object).flatMap(([key, value]) =>
    (isObject(value) && Object.keys(value).length > 0 ? leaves(value, [...path, key]) : [[[...path, key], value]]));
}

function at(object, path) {
  return path.reduce((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), object);
}

/** Whether two values are the same, whatever the order of their members. */
export function areEqual(left, right) {
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && areEqual(left[key], right[key]));
  }
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((value, index) => areEqual(value, right[index]));
  return left === right;
}

/** When a property was last written: its own $metadata, or that of the nearest object around it. */
function stamp(metadata, path) {
  let node = metadata;
  let found = metadata?.$lastUpdated;
  for (const key of path) {
    node = node?.[key];
    if (!node) break;
    found = node.$lastUpdated ?? found;
  }
  return found ?? null;
}

/**
 * The rows of desired and reported side by side: those of desired first, then what is only reported.
 * `state` is "equal", "differs", "missing" (desired and not reported) or "extra" (reported only).
 */
export function rows(twin) {
  const desired = values(twin.properties?.desired);
  const reported = values(twin.properties?.reported);
  const paths = new Map();
  for (const [path] of [...leaves(desired), ...leaves(reported)]) paths.set(JSON.stringify(path), path);
  return [...paths].map(([key, path]) => {
    const [wanted, told] = [at(desired, path), at(reported, path)];
    const state = wanted === undefined ? "extra" : told === undefined ? "missing" : areEqual(wanted, told) ? "equal" : "differs";
    return {
      key, path, state, desired: wanted, reported: told,
      desiredStamp: wanted === undefined ? null : stamp(twin.properties.desired.$metadata, path),
      reportedStamp: told === undefined ? null : stamp(twin.properties.reported.$metadata, path),
    };
  }).sort((left, right) => (left.state === "extra") - (right.state === "extra"));
}

/**
 * What has come back of a patch: null while anything is missing, else the latency in microseconds from the last desired
 * property's $lastUpdated to the last reported one's, both by the hub's clock.
 */
export function echo(twin, patch) {
  const desired = values(twin.properties?.desired);
  const reported = values(twin.properties?.reported);
  let [sent, told] = [-Infinity, -Infinity];
  for (const [path, value] of leaves(patch)) {
    // Null removes: there is nothing to report.
    if (value === null) continue;
    const wanted = at(desired, path);
    if (wanted === undefined || !areEqual(wanted, at(reported, path))) return null;
    const [from, to] = [hubTime(stamp(twin.properties.desired.$metadata, path)), hubTime(stamp(twin.properties.reported.$metadata, path))];
    if (from === null || to === null || to < from) return null;
    sent = Math.max(sent, from);
    told = Math.max(told, to);
  }
  return sent === -Infinity ? undefined : told - sent;
}
