// The table of runs: sorted, filtered, chosen. Only the rows that are seen are in the page.

import { el, fill, say } from "./dom.js";
import { counted, short } from "./format.js";
import { get, isStatic } from "./source.js";
import { go, link } from "./state.js";
import { isPrinting } from "./theme.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./state.js").State} State */

/** The height of a row, in pixels. */
const tall = 33;

export class Runs {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.where = el("input", { type: "search", placeholder: "r = 8 and alpha > 16", "aria-label": "Runs for which this holds", onchange: () => go({ where: this.where.value }) });
    this.message = el("p", { class: "message", role: "status" });
    this.actions = el("div", { class: "controls" });
    this.picked = el("summary");
    this.choices = el("fieldset", { class: "field" });
    this.picker = el("details", { class: "picker" }, this.picked, this.choices);
    this.head = el("tr");
    this.body = el("tbody");
    this.table = el("table", { class: "runs" }, el("caption", { class: "hidden" }, "Runs"), el("thead", {}, this.head), this.body);
    this.scroll = el("div", { class: "scroll rows", tabIndex: 0, role: "region", "aria-label": "runs" }, this.table);
    this.scroll.addEventListener("scroll", () => this.drawRows());
    this.node = el("div", { class: "runs-view" }, el("h1", { class: "hidden" }, "Runs"),
      el("div", { class: "controls" }, el("label", { class: "field wide" }, el("span", {}, "Where"), this.where)), this.message, this.picker, this.actions, this.scroll);
    /** @type {number[]|null} places of the runs for which the condition holds, null for all */
    this.matched = null;
    /** @type {(import("./model.js").Column & {i: number})[]} */
    this.columns = [];
    this.asked = "";
    this.first = -1;
    /** @type {number[]} */
    this.order = [];
    new ResizeObserver(() => this.drawRows()).observe(this.scroll);
  }

  /**
   * @param {State} state
   * @param {Set<string>|null} changed
   */
  show(state, changed) {
    this.state = state;
    if (changed !== null && ![...changed].some((c) => c.startsWith("run/") || c === "columns")) return;
    this.where.value = state.where;
    this.where.disabled = isStatic;
    if (isStatic) this.where.placeholder = "conditions need sweep serve";
    if (state.where !== this.asked || (changed !== null && state.where)) void this.match(state.where);
    this.draw();
  }

  /** @param {string} where */
  async match(where) {
    this.asked = where;
    this.message.textContent = "";
    try {
      this.matched = where ? await get("match", { where }) : null;
      this.where.removeAttribute("aria-invalid");
    } catch (e) {
      this.message.textContent = e instanceof Error ? e.message : String(e);
      this.where.setAttribute("aria-invalid", "true");
      return;
    }
    if (this.asked === where) this.draw();
  }

  /**
   * The columns that are shown: those that were chosen, or else those in which some run has something.
   * @param {State} state
   * @param {import("./model.js").Row[]} rows
   */
  columnsOf(state, rows) {
    const chosen = state.columns.split(",").filter(Boolean);
    return this.model.columns.map((c, i) => ({ ...c, i: i + 1 })).filter((c) => c.name === "run" || (chosen.length > 0 ? chosen.includes(c.name) : c.name === "state" || rows.some((r) => r[c.i] !== null && r[c.i] !== "")));
  }

  drawPicker() {
    const shown = this.columns.map((c) => c.name);
    const all = this.model.columns.map((c) => c.name);
    this.picked.textContent = `Columns: ${shown.length} of ${all.length}`;
    fill(this.choices, el("legend", { class: "hidden" }, "Columns"), ...this.model.columns.filter((c) => c.name !== "run").map((c) => el("label", { class: "check", title: c.doc },
      el("input", { type: "checkbox", checked: shown.includes(c.name), onchange: () => go({ columns: all.filter((name) => (name === c.name) !== shown.includes(name)).join(",") }) }), c.name)),
    el("button", { type: "button", disabled: !this.state?.columns, onclick: () => go({ columns: "" }) }, "Those with something in them"));
  }

  draw() {
    const { state } = this;
    if (!state) return;
    const rows = this.model.rows;
    this.order = this.matched ? this.matched.filter((i) => i < rows.length) : rows.map((_, i) => i);
    const name = state.sort.replace(/^-/, "");
    const at = this.model.columns.findIndex((c) => c.name === name) + 1;
    if (at > 0) {
      const sign = state.sort.startsWith("-") ? -1 : 1;
      this.order.sort((a, b) => compare(rows[a][at], rows[b][at], sign));
    }
    this.chosen = new Set(state.chosen.split(",").filter(Boolean));
    this.columns = this.columnsOf(state, rows);
    this.drawHead();
    this.drawPicker();
    this.drawActions();
    this.first = -1;
    this.drawRows();
  }

  drawHead() {
    const { state } = this;
    fill(this.head, el("th", { scope: "col" }, el("span", { class: "hidden" }, "chosen")));
    for (const c of this.columns) {
      const sorted = state?.sort === c.name ? "ascending" : state?.sort === `-${c.name}` ? "descending" : "none";
      this.head.append(el("th", { scope: "col", "aria-sort": sorted, class: c.numeric ? "number" : "" },
        el("button", { type: "button", title: c.doc, onclick: () => go({ sort: sorted === "ascending" ? `-${c.name}` : sorted === "descending" ? "" : c.name }) },
          c.name, el("span", { "aria-hidden": "true" }, sorted === "ascending" ? " ↑" : sorted === "descending" ? " ↓" : ""))));
    }
  }

  drawActions() {
    const keys = [...(this.chosen ?? [])];
    fill(this.actions,
      el("span", { class: "soft" }, `${counted(this.order.length, "run")}${this.matched ? ` of ${this.model.progress.runs}` : ""}`),
      keys.length === 0 && this.order.length > 0 && el("span", { class: "soft hint" }, "Choose runs to see their curves, or two to compare them"),
      keys.length > 0 && el("span", {}, `${keys.length} chosen`),
      keys.length > 0 && el("button", { type: "button", onclick: () => go({ chosen: "" }) }, "Choose none"),
      keys.length > 0 && el("a", { class: "button", href: link({ view: "curves", single: "1" }) }, "Curves of these"),
      keys.length === 2 && el("a", { class: "button", href: link({ view: "compare", a: keys[0], b: keys[1] }) }, "Compare the two"));
  }

  redraw() {
    this.first = -1;
    this.drawRows();
  }

  /** Draws the rows that are seen; on paper all are. */
  drawRows() {
    const seen = isPrinting() ? this.order.length : Math.ceil((this.scroll.clientHeight || 600) / tall) + 20;
    const first = isPrinting() ? 0 : Math.max(0, Math.min(Math.floor(this.scroll.scrollTop / tall) - 10, this.order.length - seen));
    if (first === this.first && this.body.childElementCount > 2) return;
    this.first = first;
    const last = Math.min(first + seen, this.order.length);
    const { columns } = this;
    fill(this.body, spacer(first * tall, columns.length + 1), ...this.order.slice(first, last).map((i) => this.row(i, columns)), spacer((this.order.length - last) * tall, columns.length + 1));
    this.table.setAttribute("aria-rowcount", String(this.order.length + 1));
  }

  /**
   * @param {number} i
   * @param {(import("./model.js").Column & {i: number})[]} columns
   */
  row(i, columns) {
    const row = this.model.row(i) ?? [];
    const key = String(row[0]);
    const name = this.model.nameOf(i);
    const box = el("input", { type: "checkbox", checked: this.chosen?.has(key), "aria-label": `choose ${name}`, onchange: () => this.choose(key, box.checked) });
    const tr = el("tr", {}, el("td", {}, el("label", { class: "hit" }, box)));
    for (const c of columns) {
      const value = row[c.i];
      if (c.name === "run") tr.append(el("th", { scope: "row" }, el("a", { href: link({ view: "run", run: key }) }, name)));
      else if (c.name === "state") tr.append(el("td", {}, el("span", { class: `state ${value}` }, String(value))));
      else tr.append(el("td", { class: c.numeric ? "number" : "", title: typeof value === "string" && value.length > 30 ? value : undefined }, c.numeric ? short(/** @type {number} */ (value)) : value === null ? "–" : String(value)));
    }
    return tr;
  }

  /**
   * @param {string} key
   * @param {boolean} on
   */
  choose(key, on) {
    const chosen = this.chosen ?? new Set();
    if (on) chosen.add(key);
    else chosen.delete(key);
    say(`${chosen.size} chosen`);
    go({ chosen: [...chosen].join(",") });
  }
}

/**
 * @param {number} height
 * @param {number} columns
 */
function spacer(height, columns) {
  const td = el("td", { colSpan: columns });
  const tr = el("tr", { class: "spacer", "aria-hidden": "true" }, td);
  td.style.height = `${height}px`;
  if (height <= 0) tr.hidden = true;
  return tr;
}

/**
 * Compares two values of a column. What is not there comes last, after what is no number.
 * @param {any} a
 * @param {any} b
 * @param {number} sign
 */
function compare(a, b, sign) {
  const rank = (/** @type {any} */ v) => (v === null || v === undefined ? 2 : v === "NaN" ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (rank(a) > 0) return 0;
  const x = Number(a);
  const y = Number(b);
  const n = Number.isNaN(x) || Number.isNaN(y) ? String(a).localeCompare(String(b), "en", { numeric: true }) : x === y ? 0 : x - y;
  return Math.sign(n) * sign;
}
