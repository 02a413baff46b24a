// What two runs differ in, where pages are files: told by the facts and curves that these have.

import { getCurves } from "./curvedata.js";
import { get } from "./source.js";

/** @typedef {{name: string, value: string}} Fact */
/** @typedef {{part: string, name: string, first: string, second: string}} Difference */

/** Facts of an outcome that say something of a run, and not of how fast a machine was. */
const outcomes = ["trained", "loss", "eval_loss", "first_loss"];

/** @type {Record<string, (run: any) => Fact[]>} */
const parts = {
  settings: (run) => [...run.settings, ...run.defaults],
  provenance: (run) => run.origin,
  outcome: (run) => [{ name: "state", value: run.state }, ...run.outcome.filter((/** @type {Fact} */ f) => outcomes.includes(f.name)), { name: "error", value: run.error.split("\n")[0] }],
};

/**
 * Compares two runs as a server does, but for the last bits of their losses, which files do not
 * have.
 * @param {string} a key of the first
 * @param {string} b key of the second
 */
export async function compareFiles(a, b) {
  const runs = await Promise.all([a, b].map((run) => get("run", { run })));
  /** @type {Difference[]} */
  const differences = [];
  for (const [part, of] of Object.entries(parts)) {
    const [first, second] = runs.map((run) => new Map(of(run).map((f) => [f.name, f.value])));
    for (const name of new Set([...first.keys(), ...second.keys()])) {
      if ((first.get(name) ?? "") !== (second.get(name) ?? "")) differences.push({ part, name, first: first.get(name) ?? "", second: second.get(name) ?? "" });
    }
  }
  const { lines } = await getCurves({ quantity: "loss", keys: `${a},${b}` });
  return { keys: runs.map((run) => run.key), names: runs.map((run) => run.name), differences: differences.filter((d) => !differences.some((of) => follows(d, of))), ...parting(lines) };
}

/**
 * Whether a setting such as lr_a is what it is in both runs by the one that it is a part of.
 * @param {Difference} d
 * @param {Difference} of
 */
const follows = (d, of) => d.name.startsWith(`${of.name}_`) && d.part === of.part && d.first === of.first && d.second === of.second;

/**
 * Where two curves part.
 * @param {import("./curvedata.js").LineData[]} lines
 */
function parting(lines) {
  const [first, second] = lines;
  const most = Math.min(first?.x.length ?? 0, second?.x.length ?? 0);
  let shared = 0;
  while (shared < most && first.x[shared] === second.x[shared] && Object.is(first.y[shared], second.y[shared])) shared++;
  const equal = shared === most && first?.x.length === second?.x.length;
  const longer = shared < most || !second ? first : first.x.length > second.x.length ? first : second;
  return { shared, equal, what: shared < most ? "loss" : "end", step: equal ? 0 : longer?.x[shared] ?? 0, values: [first?.y[shared] ?? null, second?.y[shared] ?? null] };
}
