// The first screen: what to use, the valleys it rests on, and how far the sweep is.

import { Chart } from "./chart.js";
import { colorOf, css, themed } from "./color.js";
import { behind, choice, copyable, dataTable, el, figure, fill, seenFocus, swatch } from "./dom.js";
import { capital, count, counted, duration, num, short } from "./format.js";
import { formOf } from "./marks.js";
import { extent, widened } from "./scale.js";
import { go, link } from "./state.js";
import { isPrinting } from "./theme.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./state.js").State} State */
/** @typedef {{line: import("./model.js").ValleyLine, color: [number, number, number], form: import("./marks.js").Form}} Drawn */

export class Overview {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.answer = el("section", { class: "answer", "aria-label": "What to use" });
    this.controls = el("div", { class: "controls beside" });
    this.valley = new Chart({ label: "Loss against learning rate", height: 400, open: (of) => this.open(of) });
    this.best = new Chart({ label: "Best learning rate", height: 400, open: (of) => this.open(of) });
    this.valleyTable = behind(() => this.tableOfValley());
    this.bestTable = behind(() => this.tableOfBest());
    this.valleyTitle = el("h2");
    this.bestTitle = el("h2");
    this.legend = el("ul", { class: "legend", "aria-label": "Lines" });
    this.note = el("p", { class: "caption" });
    this.bestNote = el("p", { class: "caption" });
    this.laws = el("section", { "aria-label": "How the best values move" });
    this.workers = el("section", { "aria-label": "Who trains" });
    this.claims = el("section", { "aria-label": "Claims" });
    this.node = el("div", { class: "overview" },
      this.answer,
      el("div", { class: "pair" },
        figure(this.valleyTitle, this.controls, this.valley.node, this.legend, this.note, this.valleyTable.node),
        figure(this.bestTitle, el("div"), this.best.node, this.bestNote, this.bestTable.node)),
      this.workers, this.laws, this.claims);
    this.hidden = new Set();
    this.lit = "";
  }

  /**
   * Shows what the model has.
   * @param {State} state
   * @param {Set<string>|null} changed parts, null for all
   */
  show(state, changed) {
    this.state = state;
    /** @param {string[]} names */
    const any = (...names) => changed === null || [...changed].some((c) => names.some((n) => c === n || (n.endsWith("/") && c.startsWith(n))));
    if (any("answer", "sweep", "progress")) this.showAnswer();
    if (any("sweep", "layout")) this.showControls();
    if (any("line/", "layout")) this.showValleys();
    if (any("progress", "columns")) this.showWorkers();
  }

  showAnswer() {
    const { answer, progress, busy } = this.model;
    const ended = (progress.states.done ?? 0) + (progress.states.diverged ?? 0);
    const several = answer.answers.length > 1;
    const uses = answer.answers.map((a) => el("div", { class: "told" },
      el("div", {}, el(several ? "h2" : "h1", { class: "use" }, ...unbroken(a.use)), a.more && el("p", { class: "more" }, a.more)), unknown(a, several)));
    fill(this.answer,
      !busy && el(several ? "h1" : "p", { class: "eyebrow" }, asFarAs(ended, progress.runs)),
      busy && el("h1", { class: "use" }, "What to use is being worked out"), answer.trouble && el("h1", { class: "use" }, answer.trouble), ...uses);
    this.answer.setAttribute("aria-busy", String(busy));
    fill(this.laws);
    if (answer.laws.length > 0) {
      fill(this.laws, el("h2", {}, "How the best values move"), el("ul", { class: "laws" }, ...answer.laws.map((l) => el("li", {}, l))));
    }
    this.showClaims();
  }

  showClaims() {
    const { claims } = this.model.answer;
    fill(this.claims);
    if (claims.length === 0) return;
    const asked = claims.filter((c) => c.verdict !== "not asked");
    const rest = claims.filter((c) => c.verdict === "not asked");
    fill(this.claims, el("h2", {}, "What these runs say of the claims about LoRA"),
      asked.length > 0 && claimTable(asked, "Claims that these runs judge"),
      rest.length > 0 && el("details", {}, el("summary", {}, `${counted(rest.length, "claim")} that this sweep does not ask`), claimTable(rest, "Claims that this sweep does not ask")));
  }

  showControls() {
    const { sweep, layout } = this.model;
    const state = this.state;
    if (!state) return;
    const axes = sweep.axes.filter((a) => a.name !== "seed");
    fill(this.controls,
      axes.length > 1 && choice("A line for each", axes.map((a) => ({ value: a.name, text: a.name })), layout.by, (by) => go({ by, panel: "0" })),
      sweep.metrics.length > 1 && choice("Compared by", sweep.metrics.map((m) => ({ value: m, text: m })), state.metric, (metric) => go({ metric })),
      layout.panels.length > 1 && choice("At", layout.panels.map((p, i) => ({ value: String(i), text: p })), state.panel, (panel) => go({ panel })));
  }

  /** The lines that are shown, each with its colour and form. */
  lines() {
    const { model } = this;
    const panel = this.state && Number(this.state.panel) < model.layout.panels.length ? this.state.panel : "0";
    const lines = model.lines.filter((l) => l.panel === panel);
    const axis = model.axis(model.layout.by);
    return lines.map((line) => {
      const values = axis?.values ?? [];
      const i = Math.max(0, values.indexOf(line.by));
      const numeric = axis?.numeric ?? false;
      return { line, color: colorOf(i, values.length, numeric), form: formOf(i, numeric) };
    });
  }

  showValleys() {
    const { layout } = this.model;
    const quantity = layout.quantity || "loss";
    this.valleyTitle.textContent = layout.over ? `${capital(quantity)} against ${layout.over}` : capital(quantity);
    this.bestTitle.textContent = `Best ${layout.over} against ${layout.by}`;
    const lines = this.lines();
    this.drawValley();
    this.showLegend(lines);
    this.showBest(lines);
    this.valleyTable.update();
    this.bestTable.update();
  }

  /** Draws what is shown anew, for a page of another width or in other colours. */
  redraw() {
    this.valley.resize();
    this.best.resize();
    this.showAnswer();
    this.showValleys();
  }

  drawValley() {
    const { layout } = this.model;
    const quantity = layout.quantity || "loss";
    const lines = this.lines();
    const spots = new Places(lines.flatMap(({ line }) => line.cells));
    const all = [];
    const floors = [];
    const training = [];
    for (const { line } of lines) {
      for (const c of line.cells) {
        if (c.done > 0) all.push(num(c.low), num(c.high));
        if (c.done > 0) floors.push(num(c.mean));
        for (const t of c.training) training.push(num(t.loss));
      }
    }
    // What lies far above the valleys would press them flat: it is cut off, and said so.
    floors.sort((a, b) => a - b);
    const typical = floors.length > 4 ? floors[Math.floor(floors.length * 0.9)] : Infinity;
    const floor = floors[0] ?? 0;
    const cap = Number.isFinite(typical) && typical > floor ? typical + 1.2 * (typical - floor) : Infinity;
    // Runs in training start far up, too: they lie at the top until they come down.
    const ended = all.filter((y) => y <= cap);
    let [low, high] = extent(ended.length > 0 ? [...ended, ...training.filter((y) => y < Math.max(...ended))] : training, false);
    const cut = all.filter((y) => y > high).length;
    const diverged = lines.some(({ line }) => line.cells.some((c) => c.diverged > 0));
    // Where several lines diverged, their crosses lie below one another.
    const apart = (high - low) * 0.04;
    const most = Math.max(0, ...[...crossed(lines, spots).values()]);
    if (diverged) high += apart * (2 + most);
    const top = high - apart;
    /** @type {Map<number, number>} */
    const crosses = new Map();
    /** @type {import("./chart.js").Layer[]} */
    const layers = [];
    /** @type {import("./chart.js").Layer[]} */
    const above = [];
    let ringed = false;
    for (const { line, color: full, form } of lines) {
      if (this.hidden.has(line.by)) continue;
      const dim = this.lit !== "" && this.lit !== line.by ? 0.2 : 1;
      const name = line.by ? `${layout.by} ${line.by}` : quantity;
      const done = line.cells.filter((c) => c.done > 0);
      const x = done.map((c) => spots.at(c));
      layers.push({ kind: "band", x, low: done.map((c) => num(c.low)), high: done.map((c) => num(c.high)), color: css(full, 0.14 * dim) });
      above.push({ kind: "line", x, y: done.map((c) => num(c.mean)), color: css(full, dim), width: 2, dash: form.dash });
      above.push({
        kind: "points", marker: form.marker, x, y: done.map((c) => num(c.mean)), low: done.map((c) => num(c.low)), high: done.map((c) => num(c.high)), color: css(full, dim), radius: 3.5,
        names: done.map((c) => `${name}, ${layout.over} ${c.label}: ${short(c.mean)}\n${seeds(c)}`), of: done.map((c) => c.runs),
      });
      const gone = line.cells.filter((c) => c.diverged > 0);
      const heights = gone.map((c) => {
        const before = crosses.get(spots.at(c)) ?? 0;
        crosses.set(spots.at(c), before + 1);
        return top - before * apart;
      });
      above.push({ kind: "points", x: gone.map((c) => spots.at(c)), y: heights, color: css(full, dim), marker: "cross", radius: 4, names: gone.map((c) => `${name}, ${layout.over} ${c.label}: ${c.diverged} of ${c.runs.length} diverged`), of: gone.map((c) => c.runs) });
      const live = line.cells.flatMap((c) => c.training.map((t) => ({ c, t }))).filter(({ t }) => Number.isFinite(num(t.loss)));
      above.push({
        kind: "points", x: live.map(({ c }) => spots.at(c)), y: live.map(({ t }) => Math.min(num(t.loss), top)), color: css(full, dim), marker: "live", radius: 5,
        names: live.map(({ c, t }) => `${name}, ${layout.over} ${c.label}: in training\nstep ${count(t.step)} of ${count(t.of)}, training loss ${short(t.loss)}`), of: live.map(({ t }) => [t.run]),
      });
      if (line.best && !line.best.bound && Number.isFinite(num(line.best.loss)) && spots.numeric) {
        ringed = true;
        above.push({ kind: "points", x: [num(line.best.at)], y: [num(line.best.loss)], color: css(full, dim), marker: "ring", radius: 7, names: [`${name}: best ${layout.over} ${bestText(line.best)}`], of: [null] });
      }
    }
    const empty = lines.length === 0 ? "nothing to compare yet" : floors.length === 0 && !lines.some(({ line }) => line.cells.some((c) => c.training.length)) ? "not yet: no run has ended" : "";
    this.valley.show({ label: layout.over, ...spots.axis() }, { label: quantity, low, high, log: false }, [...layers, ...above], empty);
    const notes = ["Line: mean over seeds. Band: lowest to highest seed."];
    if (ringed) notes.push(`Ring: best ${layout.over}, fitted.`);
    if (diverged) notes.push("Cross: diverged.");
    if (lines.some(({ line }) => line.cells.some((c) => c.training.length))) notes.push("Dashed ring: in training, at its training loss so far.");
    if (cut > 0) notes.push(`${counted(cut, "value")} above ${short(high)} not drawn.`);
    this.note.textContent = notes.join(" ");
  }

  /** @param {Drawn[]} lines */
  showLegend(lines) {
    const { layout } = this.model;
    if (lines.length < 2) return fill(this.legend);
    /** @param {string} by */
    const light = (by) => {
      if (this.lit === by || this.hidden.has(by)) return;
      this.lit = by;
      this.drawValley();
    };
    fill(this.legend, ...lines.map(({ line, color, form }) => {
      const on = !this.hidden.has(line.by);
      return el("li", {}, el("button", {
        type: "button", class: "key", "aria-pressed": String(on), title: on ? "hide" : "show",
        onclick: () => { if (on) this.hidden.add(line.by); else this.hidden.delete(line.by); this.showValleys(); },
        onpointerenter: () => light(line.by), onpointerleave: () => light(""), onfocus: (/** @type {FocusEvent} */ e) => { if (seenFocus(e)) light(line.by); }, onblur: () => light(""),
      }, swatch(css(color), form), `${layout.by} ${line.by}`));
    }));
  }

  /** @param {Drawn[]} lines */
  showBest(lines) {
    const { layout } = this.model;
    const axis = this.model.axis(layout.by);
    const log = (axis?.numeric ?? false) && lines.every(({ line }) => num(line.byx) > 0);
    const numeric = axis?.numeric ?? false;
    const at = (/** @type {import("./model.js").ValleyLine} */ l, /** @type {number} */ i) => (numeric ? num(l.byx) : i);
    /** @type {import("./chart.js").Layer[]} */
    const layers = [];
    const ys = [];
    const found = lines.map((drawn, i) => ({ ...drawn, i })).filter(({ line }) => line.best && num(line.best.at) > 0);
    for (const { line } of found) {
      const b = line.best;
      if (!b) continue;
      ys.push(num(b.at));
      if (num(b.low) > 0) ys.push(num(b.low), num(b.high));
    }
    const inside = found.filter(({ line }) => !line.best?.bound);
    layers.push({ kind: "line", x: inside.map(({ line, i }) => at(line, i)), y: inside.map(({ line }) => num(line.best?.at)), color: themed("--soft"), width: 1, dash: [4, 3] });
    for (const { line, color, form, i } of found) {
      const b = line.best;
      if (!b) continue;
      layers.push({
        kind: "points", x: [at(line, i)], y: [num(b.at)], low: [num(b.low)], high: [num(b.high)], color: css(color), radius: 5,
        marker: b.place === "at low edge" ? "down" : b.bound ? "up" : form.marker, names: [`${layout.by} ${line.by}: ${layout.over} ${bestText(b)}`], of: [null],
      });
    }
    const xs = lines.map(({ line }, i) => at(line, i));
    const [low, high] = numeric ? extent(xs, log) : widened(0, Math.max(1, lines.length - 1), false, 0.1);
    const [bottom, top] = extent(ys, true);
    const ticks = lines.length <= 12 ? lines.map(({ line }, i) => ({ at: at(line, i), text: line.by })) : undefined;
    const missing = lines.length - found.length;
    this.best.show({ label: layout.by, low, high, log, ticks }, { label: `best ${layout.over}`, low: bottom, high: top, log: true }, layers,
      found.length === 0 ? `not yet: no best ${layout.over} is known` : "");
    const notes = ["Bar: 95 % interval."];
    if (found.some(({ line }) => line.best?.bound)) notes.push(`Arrow: the best ${layout.over} tried lies at an edge, and one beyond may be better.`);
    if (missing > 0) notes.push(`${missing} of ${lines.length} not yet.`);
    this.bestNote.textContent = found.length > 0 ? notes.join(" ") : "";
  }

  showWorkers() {
    const { progress } = this.model;
    fill(this.workers);
    if (progress.workers.length > 0) this.workers.append(el("h2", {}, "In training"), this.busy());
    if (progress.idle.length === 0) return;
    this.workers.append(el("h2", {}, "Idle"), el("ul", { class: "workers" }, ...progress.idle.map((w) =>
      el("li", {}, el("b", {}, w.name), w.why.length > 0 && el("ul", {}, ...w.why.map((why) => el("li", {}, why)))))));
  }

  /** Who trains which runs. */
  busy() {
    const { progress } = this.model;
    const list = el("ul", { class: "workers" });
    for (const w of progress.workers) {
      const runs = w.runs.map((i) => {
        const name = this.model.nameOf(i);
        const key = this.model.row(i)?.[0];
        return el("li", {}, key ? el("a", { href: link({ view: "run", run: String(key) }) }, name) : name, ` ${this.where(i)}`);
      });
      list.append(el("li", {}, el("b", {}, w.name || "somebody"), el("ul", {}, ...runs)));
    }
    return list;
  }

  /** @param {number} i */
  where(i) {
    const step = this.model.cell(i, "trained");
    const loss = this.model.cell(i, "last_loss");
    const speed = this.model.cell(i, "tokens_per_second");
    return [step !== null ? `step ${short(/** @type {number} */ (step))}` : "", loss !== null ? `loss ${short(/** @type {number} */ (loss))}` : "", speed ? `${short(/** @type {number} */ (speed))} tokens/s` : ""].filter(Boolean).join(", ");
  }

  /** @param {number[]|null} runs */
  open(runs) {
    if (!runs || runs.length === 0) return;
    if (runs.length === 1) {
      const key = this.model.row(runs[0])?.[0];
      if (key) go({ view: "run", run: String(key) });
      return;
    }
    const keys = runs.map((i) => this.model.row(i)?.[0]).filter(Boolean);
    go({ view: "curves", chosen: keys.join(","), group: "-", single: "1" });
  }

  tableOfValley() {
    const { layout } = this.model;
    const rows = this.lines().flatMap(({ line }) => line.cells.map((c) => [line.by, c.label, short(c.mean), c.done ? `${short(c.low)} to ${short(c.high)}` : "–", c.done, c.diverged, c.training.length, c.left]));
    return dataTable(`${layout.quantity || "loss"} against ${layout.over}`, [layout.by || "all", layout.over, "mean", "seeds", "done", "diverged", "in training", "left"], rows);
  }

  tableOfBest() {
    const { layout } = this.model;
    const rows = this.lines().map(({ line }) => [line.by, line.best ? short(line.best.at) : line.why, line.best && num(line.best.low) > 0 ? `${short(line.best.low)} to ${short(line.best.high)}` : "–", line.best?.place ?? "–"]);
    return dataTable(`best ${layout.over} against ${layout.by}`, [layout.by, `best ${layout.over}`, "95 % interval", "among those tried"], rows);
  }
}

/**
 * What an answer rests on so far.
 * @param {number} ended
 * @param {number} runs
 */
function asFarAs(ended, runs) {
  if (runs === 0 || ended >= runs) return "What to use";
  return ended === 0 ? `Not yet: none of ${counted(runs, "run")} has ended` : `What to use, as far as ${count(ended)} of ${counted(runs, "run")} tell`;
}

/** A text whose numbers, such as 3e-3, do not break at the end of a line. @param {string} text */
const unbroken = (text) => text.split(/(\S*-\S*)/).map((word) => (word.includes("-") ? el("span", { class: "unbroken" }, word) : word));

/**
 * What is not known of an answer, and what would tell.
 * @param {import("./model.js").Use} a
 * @param {boolean} several whether it is one of several answers
 */
function unknown(a, several) {
  if (a.unknown.length === 0) return null;
  return el("details", { class: "unknown", open: isPrinting() || !several && matchMedia("(min-width: 62rem)").matches },
    el("summary", {}, `What is not known, and what would tell: ${a.unknown.length}`),
    el("ul", {}, ...a.unknown.map((u) => el("li", {}, u.try ? el("details", { open: isPrinting() }, el("summary", {}, u.text), copyable(u.try, "what would tell")) : u.text))));
}

/**
 * @param {import("./model.js").Claim[]} claims
 * @param {string} caption
 */
function claimTable(claims, caption) {
  const rows = claims.map((c) => el("tr", {},
    el("th", { scope: "row" }, el("span", { class: "letter" }, `(${c.letter})`), ` ${c.claim}`, c.part && c.part !== "all" && el("span", { class: "soft" }, ` ${c.part}`)),
    el("td", {}, el("span", { class: `verdict ${c.verdict.replaceAll(" ", "-")}` }, c.verdict)),
    el("td", {}, c.measure ? `${c.measure}: ${c.value}` : c.value,
      (c.why && c.why !== c.value || c.add) && el("details", { class: "why" }, el("summary", {}, "Why"), c.why !== c.value && el("p", {}, c.why), c.add && el("p", {}, "What would tell: ", el("code", {}, c.add)))),
    el("td", { class: "soft" }, c.runs)));
  return el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    el("table", { class: "claims" }, el("caption", { class: "hidden" }, caption),
      el("thead", {}, el("tr", {}, ...["claim", "verdict", "key number (95 % interval)", "runs"].map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows)));
}

/**
 * How many lines have runs that diverged, where any has.
 * @param {Drawn[]} lines
 * @param {Places} spots
 */
function crossed(lines, spots) {
  /** @type {Map<number, number>} */
  const all = new Map();
  for (const { line } of lines) for (const c of line.cells) if (c.diverged > 0) all.set(spots.at(c), (all.get(spots.at(c)) ?? 0) + 1);
  return all;
}

/** Where cells lie along x: at their numbers, or side by side where they are no numbers. */
class Places {
  /** @param {import("./model.js").Cell[]} cells */
  constructor(cells) {
    this.numeric = cells.every((c) => c.x !== null);
    this.labels = [...new Set(cells.map((c) => c.label))];
    this.numbers = cells.map((c) => num(c.x));
    this.log = this.numeric && this.numbers.every((x) => x > 0);
  }

  /** @param {import("./model.js").Cell} c */
  at(c) { return this.numeric ? num(c.x) : this.labels.indexOf(c.label); }

  axis() {
    if (!this.numeric) return { low: -0.5, high: this.labels.length - 0.5, log: false, ticks: this.labels.map((text, at) => ({ at, text })) };
    const [low, high] = extent(this.numbers, this.log);
    return { low, high, log: this.log };
  }
}

/** @param {import("./model.js").Cell} c */
function seeds(c) {
  const parts = [`${counted(c.done, "seed")}, ${short(c.low)} to ${short(c.high)}`];
  if (c.diverged) parts.push(`${c.diverged} diverged`);
  if (c.left) parts.push(`${c.left} left`);
  return parts.join("; ");
}

/** @param {NonNullable<import("./model.js").ValleyLine["best"]>} b */
function bestText(b) {
  const range = num(b.low) > 0 ? ` (${short(b.low)} to ${short(b.high)})` : "";
  return b.bound ? `${short(b.at)}, ${b.place}` : `${short(b.at)}${range}`;
}

/**
 * How far a sweep is, in one line.
 * @param {import("./model.js").Progress} p
 */
export function progressText(p) {
  const s = p.states;
  const ended = (s.done ?? 0) + (s.diverged ?? 0);
  const parts = [`${count(ended)} of ${counted(p.runs, "run")} ended`];
  for (const [state, text] of [["diverged", "diverged"], ["failed", "failed"], ["pruned", "pruned"], ["running", "in training"]]) if (s[state]) parts.push(`${count(s[state])} ${text}`);
  if (p.seconds !== null && s.running) parts.push(`about ${duration(num(p.seconds))} left`);
  if (p.speed > 0 && s.running) parts.push(`${short(p.speed)} tokens/s`);
  if (p.workers.length > 0) parts.push(counted(p.workers.length, "worker"));
  if (p.idle.length > 0) parts.push(`${count(p.idle.length)} idle`);
  return parts.join(" · ");
}
