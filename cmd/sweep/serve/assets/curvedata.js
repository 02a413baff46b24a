// Curves as they come: whole, or what is new of them, which is put to what is there.

import { getBytes, isStatic } from "./source.js";

/**
 * @typedef {{from: number, label: string, by: import("./format.js").Num, runs: number, x: Float32Array, least: Float32Array, most: Float32Array, low: Float32Array, high: Float32Array, n: Float32Array, medianX: Float32Array, median: Float32Array, meanX: Float32Array, mean: Float32Array}} BandData
 * @typedef {{from: number, run: number, group: number, x: Float32Array, y: Float32Array}} LineData
 * @typedef {{version: string, quantity: string, quantities: string[], from: number, to: number, end: number, read: number, runs: number, note: string, since: boolean, rough: boolean, bands: BandData[], lines: LineData[], asked: string}} CurveData
 * @typedef {Record<string, string|number|undefined>} Query
 */

/** The numbers of a band that lie at the same x, and those that have x of their own. */
const beside = /** @type {const} */ (["least", "most", "low", "high", "n"]);
const apart = /** @type {const} */ ([["medianX", "median"], ["meanX", "mean"]]);

/**
 * Reads curves as the server sends them: the length of a header, the header, numbers.
 * @param {ArrayBuffer} bytes
 * @returns {CurveData}
 */
function unpack(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const numbers = new Float32Array(bytes, 4 + length);
  let at = 0;
  /** @param {number} n */
  const next = (n) => {
    const part = numbers.subarray(at, at + n);
    at += n;
    return part;
  };
  for (const b of header.bands) {
    for (const name of ["x", ...beside]) b[name] = next(b.points);
    b.medianX = next(b.median);
    b.median = next(b.median);
    b.meanX = next(b.mean);
    b.mean = next(b.mean);
    b.from = Number(b.from);
  }
  for (const l of header.lines) {
    l.x = next(l.points);
    l.y = next(l.points);
    l.from = Number(l.from);
  }
  for (const name of ["from", "to", "end"]) header[name] = Number(header[name]);
  return header;
}

/**
 * Gets curves. Of those that are held already, by the same query, what is new is asked for
 * alone.
 * @param {Query} query
 * @param {AbortSignal} [signal]
 * @param {CurveData|null} [held]
 * @returns {Promise<CurveData>}
 */
export async function getCurves(query, signal, held) {
  if (isStatic) return fromFiles(query);
  const asked = JSON.stringify(query);
  const since = held && held.asked === asked ? held.version : undefined;
  const data = unpack(await getBytes("curves", { ...query, since }, signal));
  data.asked = asked;
  return held && data.since ? joined(held, data) : data;
}

/**
 * What is held, with what is new.
 * @param {CurveData} held
 * @param {CurveData} data
 * @returns {CurveData}
 */
export function joined(held, data) {
  const bands = data.bands.map((b, i) => {
    const old = held.bands[i];
    return old ? joinedBand(old, b) : b;
  });
  const lines = new Map(held.lines.map((l) => [l.run, l]));
  for (const l of data.lines) {
    const old = lines.get(l.run);
    const keep = old ? before(old.x, l.from) : 0;
    lines.set(l.run, old ? { ...l, x: spliced(old.x, keep, l.x), y: spliced(old.y, keep, l.y) } : l);
  }
  return { ...data, bands, lines: [...lines.values()] };
}

/**
 * @param {BandData} old
 * @param {BandData} b
 * @returns {BandData}
 */
function joinedBand(old, b) {
  const all = { ...b };
  const keep = before(old.x, b.from);
  for (const name of beside) all[name] = spliced(old[name], keep, b[name]);
  for (const [x, y] of apart) {
    const kept = before(old[x], b.from);
    all[y] = spliced(old[y], kept, b[y]);
    all[x] = spliced(old[x], kept, b[x]);
  }
  all.x = spliced(old.x, keep, b.x);
  return all;
}

/**
 * How many numbers, which rise, lie before x.
 * @param {Float32Array} all
 * @param {number} x
 */
function before(all, x) {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {Float32Array} old
 * @param {number} keep how many of it stay
 * @param {Float32Array} more
 */
function spliced(old, keep, more) {
  if (keep === old.length && more.length === 0) return old;
  const all = new Float32Array(keep + more.length);
  all.set(old.subarray(0, keep));
  all.set(more, keep);
  return all;
}

/**
 * Curves of pages that are files: bands of all runs, or some of the single runs.
 * @param {Query} query
 * @returns {Promise<CurveData>}
 */
async function fromFiles(query) {
  if (query.where) throw new Error("these pages are files: conditions need sweep serve");
  if (query.x) throw new Error("these pages are files: tokens and time need sweep serve");
  const quantity = query.quantity || "loss";
  const data = unpack(await getBytes("curves", { by: query.by, quantity }));
  const keys = new Set(String(query.keys ?? "").split(",").filter(Boolean));
  if (query.single || keys.size > 0) {
    const single = unpack(await getBytes("curves", { quantity, single: "1" }));
    const places = /** @type {Record<string, number[]>} */ (JSON.parse(new TextDecoder().decode(await getBytes("groups", { by: query.by }))));
    const wanted = keys.size > 0 ? new Set([...keys].flatMap((k) => places[k]?.[0] ?? [])) : null;
    const groups = new Map(Object.values(places).map(([run, group]) => [run, group]));
    const order = [...keys].map((k) => places[k]?.[0]);
    data.lines = single.lines.filter((l) => !wanted || wanted.has(l.run)).map((l) => ({ ...l, group: groups.get(l.run) ?? 0 }));
    if (wanted) data.lines.sort((a, b) => order.indexOf(a.run) - order.indexOf(b.run));
  }
  if (query.to) {
    data.from = Number(query.from || 0);
    data.to = Number(query.to);
  }
  return data;
}
