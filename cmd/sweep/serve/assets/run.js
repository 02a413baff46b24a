// All there is to know of one run, and what two runs differ in.

import { Chart, Group } from "./chart.js";
import { colorOf, css, themed } from "./color.js";
import { getCurves } from "./curvedata.js";
import { few, quantityName } from "./curves.js";
import { behind, copyable, dataTable, el, figure, fill, swatch } from "./dom.js";
import { capital, count, counted, short } from "./format.js";
import { formOf, marked } from "./marks.js";
import { extent } from "./scale.js";
import { compareFiles } from "./filecompare.js";
import { get, isStatic, writeNote } from "./source.js";
import { go, link } from "./state.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./state.js").State} State */
/** @typedef {{name: string, value: string, doc: string}} Fact */

/**
 * @param {string} title
 * @param {Fact[]} facts
 */
function factList(title, facts) {
  if (facts.length === 0) return null;
  return el("section", { class: "card" }, el("h2", {}, title),
    el("dl", {}, ...facts.flatMap((f) => [el("dt", { title: f.doc }, f.name), el("dd", {}, f.value)])));
}

/** The way back to the table. */
const back = () => el("p", { class: "back" }, el("a", { href: link({ view: "runs", run: "", a: "", b: "" }) }, "← All runs"));

/** Curves of a few runs, a chart for each quantity. */
class FewCurves {
  constructor() {
    this.group = new Group();
    this.node = el("div", { class: "grid" });
    /** @type {Map<string, {chart: Chart, table: ReturnType<typeof behind>, data: import("./curvedata.js").CurveData}>} */
    this.charts = new Map();
    this.range = { from: "", to: "" };
    /** @type {string[]} */
    this.keys = [];
    /** @type {string[]} */
    this.names = [];
  }

  /**
   * @param {string[]} keys of the runs
   * @param {string[]} names
   * @param {number|null} rule a step that is marked
   * @param {string[]} [quantities]
   */
  async show(keys, names, rule, quantities) {
    this.keys = keys;
    this.names = names;
    this.rule = rule;
    const first = await this.fetch(quantities?.[0] ?? "");
    for (const quantity of quantities ?? first.quantities) {
      const data = quantity === first.quantity ? first : await this.fetch(quantity);
      if (data.lines.length > 0) this.draw(data);
    }
  }

  /** @param {string} quantity */
  async fetch(quantity) {
    const columns = Math.max(200, Math.round(this.node.clientWidth || 900) - 76);
    return getCurves({ quantity, single: "1", keys: this.keys.join(","), columns, ...this.range });
  }

  /** @param {import("./curvedata.js").CurveData} data */
  draw(data) {
    let one = this.charts.get(data.quantity);
    if (!one) {
      const chart = new Chart({
        label: quantityName(data.quantity), height: 260, group: this.group,
        zoom: (from, to) => this.zoom(String(Math.max(0, from)), String(to)), whole: () => this.zoom("", ""),
      });
      const table = behind(() => el("div"));
      one = { chart, table, data };
      this.charts.set(data.quantity, one);
      this.node.append(figure(el("h2", {}, capital(quantityName(data.quantity))), el("div"), chart.node, one.table.node));
    }
    one.data = data;
    const ys = data.lines.flatMap((l) => Array.from(l.y));
    const [low, high] = extent(ys, false);
    /** @type {import("./chart.js").Layer[]} */
    const layers = data.lines.map((l, i) => ({ kind: "line", x: l.x, y: l.y, color: css(colorOf(i, 2, false)), width: 1.5, dash: formOf(i, false).dash, name: this.names[i] ?? "" }));
    data.lines.forEach((l, i) => {
      const at = l.x.length <= few ? Array.from(l.x, (_, k) => k) : data.lines.length > 1 ? marked(l.x.length, i) : [];
      layers.push({ kind: "points", x: at.map((k) => l.x[k]), y: at.map((k) => l.y[k]), color: css(colorOf(i, 2, false)), radius: l.x.length <= few ? 2.5 : 4, marker: formOf(i, false).marker });
    });
    if (this.rule !== null && this.rule !== undefined) layers.push({ kind: "rule", x: this.rule, text: "they part", color: themed("--bad") });
    one.chart.show({ label: "step", low: data.from, high: data.to, log: false }, { label: quantityName(data.quantity), low, high, log: false }, layers);
    const rows = data.lines.flatMap((l, k) => Array.from(l.x).map((x, i) => [this.names[k] ?? "", short(x), short(l.y[i])]));
    const box = one.table.node.querySelector(".scroll");
    one.table.node.addEventListener("toggle", () => { if (box) fill(box, dataTable(quantityName(data.quantity), ["run", "step", quantityName(data.quantity)], rows)); });
  }

  /** Draws what is shown anew, for a page of another width or in other colours. */
  redraw() {
    for (const one of this.charts.values()) {
      one.chart.resize();
      this.draw(one.data);
    }
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  async zoom(from, to) {
    this.range = { from, to };
    for (const quantity of this.charts.keys()) this.draw(await this.fetch(quantity));
  }
}

export class RunView {
  /**
   * @param {Model} model
   * @param {boolean} writes
   */
  constructor(model, writes) {
    this.model = model;
    this.writes = writes;
    this.node = el("div", { class: "run-view" });
    this.curves = new FewCurves();
    this.facts = el("div", { class: "facts" });
    this.head = el("div");
    this.node.append(this.head, this.facts, this.curves.node);
    this.shown = "";
  }

  /**
   * @param {State} state
   * @param {Set<string>|null} changed
   */
  show(state, changed) {
    if (!state.run) return;
    const place = this.place;
    if (changed !== null && (place === undefined || !changed.has(`run/${place}`))) return;
    void this.load(state.run);
  }

  redraw() { this.curves.redraw(); }

  /** @param {string} run */
  async load(run) {
    try {
      const r = await get("run", { run });
      if (this.shown !== r.key) {
        this.shown = r.key;
        this.curves.node.textContent = "";
        this.curves.charts.clear();
        this.curves.range = { from: "", to: "" };
      }
      this.place = r.run;
      this.fill(r);
      await this.curves.show([r.key], [r.name], null);
    } catch (e) {
      fill(this.head, back(), el("p", { class: "message", role: "alert" }, e instanceof Error ? e.message : String(e)));
    }
  }

  /** @param {any} r */
  fill(r) {
    fill(this.head, back(), el("h1", {}, r.name, " ", el("span", { class: `state ${r.state}` }, r.state)), el("p", { class: "soft key-text" }, `key ${r.key}`), this.noted(r));
    fill(this.facts,
      r.error && el("section", { class: "card" }, el("h2", {}, "Why it failed"), el("pre", { tabIndex: 0 }, r.error)),
      factList("What it came to", r.outcome), factList("Settings that differ from the defaults", r.settings),
      el("section", { class: "card" }, el("h2", {}, "To train it again"), copyable(r.train, "the command")),
      factList("Where it came from", r.data ? [{ name: "data", value: r.data, doc: "" }, ...r.origin] : r.origin),
      r.log && el("section", { class: "card" }, el("h2", {}, "What its command printed"), r.logPlace && el("p", { class: "soft" }, r.logPlace), el("pre", { tabIndex: 0 }, r.log)),
      el("details", { class: "card" }, el("summary", {}, `Defaults: ${r.defaults.length}`), el("dl", {}, ...r.defaults.flatMap((/** @type {Fact} */ f) => [el("dt", { title: f.doc }, f.name), el("dd", {}, f.value)]))));
  }

  /** @param {any} r */
  noted(r) {
    const said = r.note || r.tags.length ? el("p", {}, ...r.tags.map((/** @type {string} */ t) => el("span", { class: "tag" }, t)), r.note) : null;
    if (!this.writes || !r.begun) return said;
    return el("div", {}, said, noteForm(r.key, r.note, r.tags, () => void this.load(r.key)));
  }
}

/**
 * What writes a note on a run, or on the sweep.
 * @param {string} run
 * @param {string} text
 * @param {string[]} tags
 * @param {() => void} written
 */
export function noteForm(run, text, tags, written) {
  const note = el("input", { type: "text", value: text });
  const tagged = el("input", { type: "text", value: tags.join(", "), placeholder: "draft, odd" });
  const message = el("p", { class: "message", role: "status" });
  return el("details", { class: "note" }, el("summary", {}, "Write a note"), el("form", {
    class: "controls",
    onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      try {
        await writeNote({ run, text: note.value, tags: tagged.value.split(",").map((t) => t.trim()).filter(Boolean) });
        written();
      } catch (failed) {
        message.textContent = failed instanceof Error ? failed.message : String(failed);
      }
    },
  }, el("label", { class: "field wide" }, el("span", {}, "Note"), note), el("label", { class: "field wide" }, el("span", {}, "Tags"), tagged), el("button", {}, "Write")), message);
}

export class CompareView {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.head = el("div");
    this.curves = new FewCurves();
    this.table = el("div", { class: "below" });
    this.node = el("div", {}, this.head, this.curves.node, this.table);
    this.shown = "";
  }

  /**
   * @param {State} state
   * @param {Set<string>|null} changed
   */
  show(state, changed) {
    if (changed === null) void this.load(state.a, state.b);
  }

  redraw() { this.curves.redraw(); }

  /**
   * @param {string} a
   * @param {string} b
   */
  async load(a, b) {
    if (!a || !b) {
      fill(this.head, el("h1", {}, "Comparison"), el("p", {}, "Choose two runs in the ", el("a", { href: link({ view: "runs" }) }, "table"), " to compare them."));
      return;
    }
    try {
      const c = await (isStatic ? compareFiles(a, b) : get("compare", { a, b }));
      if (this.shown !== a + b) {
        this.shown = a + b;
        this.curves.node.textContent = "";
        this.curves.charts.clear();
        this.curves.range = { from: "", to: "" };
      }
      const shared = `${isStatic ? "The training losses are equal to the seven digits that files have" : "The curves are equal to the bit"} over ${counted(c.shared, "point")}`;
      const part = c.equal ? `${shared}.` : c.what === "end" ? `${shared}; only one goes on to step ${count(c.step)}.`
        : `${shared}; ${quantityName(c.what)} differs first at step ${count(c.step)}: ${short(c.values[0])} and ${short(c.values[1])}.`;
      fill(this.head, back(), el("h1", {}, el("a", { href: link({ view: "run", run: a }) }, c.names[0]), " and ", el("a", { href: link({ view: "run", run: b }) }, c.names[1])), el("p", { class: "lead" }, part),
        el("div", { class: "caption-row" }, el("ul", { class: "legend", "aria-label": "Runs" }, ...c.names.map((/** @type {string} */ name, /** @type {number} */ i) => el("li", { class: "key" }, swatch(css(colorOf(i, 2, false)), formOf(i, false)), name))), el("button", { type: "button", onclick: () => go({ a: b, b: a }) }, "Swap the two")));
      fill(this.table, el("section", { class: "card" }, el("h2", {}, "What they differ in"), el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "differences" },
        dataTable("What the two runs differ in", ["part", "fact", c.names[0], c.names[1]], c.differences.map((/** @type {any} */ d) => [d.part, d.name, d.first, d.second])))));
      await this.curves.show(c.keys, c.names, c.equal ? null : c.step, ["loss", "eval_loss"]);
    } catch (e) {
      fill(this.head, back(), el("p", { class: "message", role: "alert" }, e instanceof Error ? e.message : String(e)));
    }
  }
}
