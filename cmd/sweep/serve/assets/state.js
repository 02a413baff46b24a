// What a page shows, kept in its address, so that a view can be sent.

/**
 * @typedef {Object} State
 * @property {string} view overview, curves, runs, map, run or compare
 * @property {string} by axis that lines are told apart by, "" for the usual one
 * @property {string} metric what runs are compared by
 * @property {string} panel which part of the sweep the valley shows
 * @property {string} where condition on runs
 * @property {string} sort column, with "-" before it for the largest first
 * @property {string} columns of the table, "" for those in which some run has something
 * @property {string} group axis that curves are grouped by, "-" for none
 * @property {string} quantity quantities of curves, with commas between them
 * @property {string} x step, tokens or seconds
 * @property {string} log which axes of curves are logarithmic: "x", "y" or "xy"
 * @property {string} single "1" for runs one by one
 * @property {string} smooth 0 to 0.99
 * @property {string} from range of x
 * @property {string} to
 * @property {string} hide values of the group that are not shown
 * @property {string} chosen keys of the runs that are chosen
 * @property {string} run key or name of the run that is shown
 * @property {string} a first of two runs that are compared
 * @property {string} b second
 * @property {string} mx axes of the map
 * @property {string} my
 */

/** @type {State} */
const usual = {
  view: "overview", by: "", metric: "loss", panel: "0", where: "", sort: "", columns: "", group: "", quantity: "", x: "step", log: "", single: "", smooth: "0",
  from: "", to: "", hide: "", chosen: "", run: "", a: "", b: "", mx: "", my: "",
};

/** @returns {State} what the address says */
export function read() {
  const state = { ...usual };
  const query = new URLSearchParams(location.hash.replace(/^#/, ""));
  for (const name of /** @type {(keyof State)[]} */ (Object.keys(usual))) {
    const value = query.get(name);
    if (value !== null) state[name] = value;
  }
  return state;
}

/**
 * The address of a state.
 * @param {State} state
 */
export function address(state) {
  const query = new URLSearchParams();
  for (const name of /** @type {(keyof State)[]} */ (Object.keys(usual))) if (state[name] !== usual[name]) query.set(name, state[name]);
  return `#${query}`;
}

/**
 * Goes on from the state that is shown to another. A change of the view is a step back in
 * the browser's history; others are not.
 * @param {Partial<State>} change
 */
export function go(change) {
  const now = read();
  const next = { ...now, ...change };
  const to = address(next);
  if (to === location.hash || (to === "#" && location.hash === "")) return;
  if (next.view !== now.view || next.run !== now.run) location.hash = to;
  else {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

/**
 * A link to what a change of the state shows.
 * @param {Partial<State>} change
 */
export const link = (change) => address({ ...read(), ...change });
