// The page of a sweep: what it shows, and what keeps it up to date.

import { Curves } from "./curves.js";
import { el, fill, say } from "./dom.js";
import { count } from "./format.js";
import { HeatMap } from "./map.js";
import { Model } from "./model.js";
import { Overview, progressText } from "./overview.js";
import { CompareView, noteForm, RunView } from "./run.js";
import { Runs } from "./runs.js";
import { get, isStatic, Stream } from "./source.js";
import { go, link, read } from "./state.js";
import { watchPrinting, watchTheme } from "./theme.js";

const model = new Model();
const writes = document.body.dataset.write === "1";
/** @type {Record<string, {node: HTMLElement, show: (state: import("./state.js").State, changed: Set<string>|null) => void, redraw: () => void}>} */
const views = {
  overview: new Overview(model), curves: new Curves(model), runs: new Runs(model), map: new HeatMap(model), run: new RunView(model, writes), compare: new CompareView(model),
};
/** @type {Record<string, string>} */
const titles = { overview: "Overview", curves: "Curves", runs: "Runs", map: "Map" };

const main = /** @type {HTMLElement} */ (document.getElementById("view"));
const nav = /** @type {HTMLElement} */ (document.getElementById("views"));
const strip = /** @type {HTMLElement} */ (document.getElementById("progress"));
const trouble = /** @type {HTMLElement} */ (document.getElementById("trouble"));
const noteBox = /** @type {HTMLElement} */ (document.getElementById("note"));

let shown = "";
let board = "";

/** Shows what the address says. */
function show() {
  const state = read();
  const view = state.view in views ? state.view : "overview";
  if (view !== shown) {
    shown = view;
    fill(main, views[view].node);
    scrollTo(0, 0);
  }
  fill(nav, ...Object.entries(titles).map(([name, title], i) => el("a", { href: link({ view: name }), "aria-current": name === view ? "page" : undefined, title: `key ${i + 1}` }, title)));
  document.title = `${model.sweep.name || document.body.dataset.name} · ${titles[view] ?? view}`;
  follow(state);
  if (model.parts.size > 0) views[view].show(state, null);
}

/**
 * Follows the sweep as it is compared now.
 * @param {import("./state.js").State} state
 */
function follow(state) {
  const key = JSON.stringify([state.by, state.metric]);
  if (key === board) return;
  const first = board === "";
  board = key;
  const usual = state.by === "" && state.metric === "loss";
  const inline = document.getElementById("board")?.textContent;
  if (first && usual && inline) take(JSON.parse(inline), (name) => !name.startsWith("run/"));
  const query = { by: state.by, metric: state.metric };
  if (isStatic) {
    void get("rows").then((m) => {
      if (model.rows.length === 0) take(m, () => true);
      return get("board", query);
    }).then((m) => take(m, (name) => !name.startsWith("run/")), fail);
    return;
  }
  stream.stop(); // of what was followed nothing may come after this
  void get("board", { ...query, rows: "1", soon: "1" }).then((m) => {
    if (key !== board) return; // something else is followed by now
    take(m, () => true);
    stream.follow(query, m.version);
  }, (e) => { if (key === board) fail(e); });
}

/** @param {unknown} e */
function fail(e) {
  trouble.hidden = false;
  trouble.textContent = e instanceof Error ? e.message : String(e);
  board = "";
  setTimeout(show, 5000);
}

/**
 * @param {import("./source.js").Message} m
 * @param {(name: string) => boolean} mine
 */
function take(m, mine) {
  const before = model.progress.states;
  const first = model.parts.size === 0;
  const changed = model.take(m, mine);
  showTrouble();
  if (changed.has("progress")) showProgress(before);
  if (changed.has("sweep")) showNote();
  if (changed.size > 0) views[shown].show(read(), first ? null : changed);
}

let connected = true;
const stream = new Stream((m) => take(m, () => true), (is) => {
  connected = is;
  showTrouble();
});

function showTrouble() {
  const text = !connected ? "The server does not answer: this is what it said last. The page goes on when it is back." : model.trouble ? `The store cannot be read for now: ${model.trouble}. This is what it had; the page goes on when it is back.` : "";
  trouble.hidden = text === "";
  if (trouble.textContent !== text) trouble.textContent = text;
}

/** @param {Record<string, number>} before */
function showProgress(before) {
  const p = model.progress;
  const bar = el("div", { class: "bar", role: "img", "aria-label": progressText(p) });
  for (const state of ["done", "diverged", "failed", "pruned", "running"]) {
    const n = p.states[state] ?? 0;
    if (n === 0) continue;
    const piece = el("span", { class: state, title: `${count(n)} ${state}` });
    piece.style.width = `${(100 * n) / p.runs}%`;
    bar.append(piece);
  }
  fill(strip, bar, el("span", {}, progressText(p)));
  const ended = (p.states.done ?? 0) + (p.states.diverged ?? 0);
  const had = (before.done ?? 0) + (before.diverged ?? 0);
  if (had > 0 && ended > had && ended === p.runs) say("all runs have ended");
}

function showNote() {
  const { sweep } = model;
  fill(noteBox, ...sweep.tags.map((t) => el("span", { class: "tag" }, t)), sweep.note, writes && noteForm("", sweep.note, sweep.tags, () => {}));
}

addEventListener("hashchange", show);
addEventListener("keydown", (e) => {
  const target = /** @type {HTMLElement} */ (e.target);
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || target.matches?.("select, textarea, input:not([type=checkbox], [type=range])")) return;
  const names = Object.keys(titles);
  const i = Number(e.key) - 1;
  if (i >= 0 && i < names.length) go({ view: names[i] });
  else if (e.key === "/") {
    const search = /** @type {HTMLElement|null} */ (main.querySelector("input[type=search]"));
    if (!search) return;
    search.focus();
    e.preventDefault();
  }
});
watchTheme(() => views[shown]?.show(read(), null));
watchPrinting(() => views[shown]?.redraw());
document.getElementById("answers")?.remove();
show();
