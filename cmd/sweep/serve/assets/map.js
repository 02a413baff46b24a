// The loss over two axes, as a map.

import { css, isLight, shade, themed } from "./color.js";
import { behind, choice, dataTable, el, figure, fill } from "./dom.js";
import { capital, counted, num, short } from "./format.js";
import { get } from "./source.js";
import { go } from "./state.js";
import { density } from "./theme.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./state.js").State} State */
/** @typedef {{x: number, y: number, mean: import("./format.js").Num, at: string, done: number, diverged: number, left: number, runs: number[]}} HeatCell */
/** @typedef {{x: import("./model.js").Axis, y: import("./model.js").Axis, quantity: string, over: string[], cells: HeatCell[]}} Heat */

export class HeatMap {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.controls = el("div", { class: "controls" });
    this.message = el("p", { class: "message", role: "status" });
    this.title = el("h2");
    this.canvas = el("canvas", { class: "drawing", "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", role: "presentation", hidden: true });
    this.said = el("div", { class: "hidden", "aria-live": "polite" });
    this.box = el("div", { class: "chart map", tabIndex: 0, role: "application", "aria-label": "Map of the loss. Arrow keys move over it, Enter opens the runs of a cell" }, this.canvas, this.tip, this.said);
    this.caption = el("p", { class: "caption" });
    this.table = behind(() => this.dataTable());
    this.controls.classList.add("beside");
    this.node = el("div", {}, el("h1", { class: "hidden" }, "Map"), this.message, figure(this.title, this.controls, this.box, this.caption, this.table.node));
    /** @type {Heat|null} */
    this.data = null;
    this.at = { x: 0, y: 0 };
    new ResizeObserver(() => this.draw()).observe(this.box);
    this.box.addEventListener("pointermove", (e) => {
      const cell = this.cellAt(e);
      if (cell) this.mark(cell.x, cell.y);
    });
    this.box.addEventListener("pointerleave", () => this.unmark());
    this.box.addEventListener("blur", () => this.unmark());
    this.box.addEventListener("click", (e) => {
      const at = this.cellAt(e);
      if (at) this.open(at.x, at.y);
    });
    this.box.addEventListener("keydown", (e) => this.key(e));
  }

  /**
   * @param {State} state
   * @param {Set<string>|null} changed
   */
  show(state, changed) {
    this.state = state;
    if (changed !== null && !changed.has("answer") && ![...changed].some((c) => c.startsWith("line/"))) return;
    const axes = this.model.sweep.axes.filter((a) => a.name !== "seed").map((a) => a.name);
    if (axes.length < 2) {
      this.message.textContent = "A map needs two axes that vary beside the seed.";
      return;
    }
    const usualY = axes.includes("lr") ? "lr" : axes[1];
    const my = axes.includes(state.my) ? state.my : usualY;
    const mx = axes.includes(state.mx) && state.mx !== my ? state.mx : axes.includes(this.model.by) && this.model.by !== my ? this.model.by : axes.find((a) => a !== my) ?? "";
    const options = axes.map((a) => ({ value: a, text: a }));
    fill(this.controls, choice("Across", options.filter((o) => o.value !== my), mx, (v) => go({ mx: v, my })), choice("Up", options.filter((o) => o.value !== mx), my, (v) => go({ mx, my: v })),
      el("button", { type: "button", onclick: () => go({ mx: my, my: mx }) }, "Turn"));
    void this.load(mx, my, state.metric);
  }

  /**
   * @param {string} x
   * @param {string} y
   * @param {string} metric
   */
  async load(x, y, metric) {
    try {
      this.data = await get("heat", { x, y, metric });
      this.message.textContent = "";
    } catch (e) {
      this.message.textContent = e instanceof Error ? e.message : String(e);
      return;
    }
    this.draw();
    this.table.update();
  }

  redraw() { this.draw(); }

  draw() {
    const { data } = this;
    if (!data) return;
    this.title.textContent = `${capital(data.quantity)} over ${data.x.name} and ${data.y.name}`;
    const nx = data.x.values.length;
    const ny = data.y.values.length;
    const width = this.box.clientWidth;
    const left = 84;
    const bottom = 44;
    const high = Math.min(Math.max(ny * 30, 340), 720);
    this.box.style.height = `${high + bottom + 12}px`;
    if (width < 10) return;
    const ratio = density();
    const height = high + bottom + 12;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const c = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    const w = (width - left - 8) / nx;
    const h = high / ny;
    this.grid = { left, top: 6, w, h, nx, ny };
    const means = data.cells.map((cell) => num(cell.mean)).filter((m) => Number.isFinite(m)).sort((a, b) => a - b);
    const low = means[0];
    const top = means[Math.floor((means.length - 1) * 0.9)];
    c.font = "12px system-ui, sans-serif";
    for (const cell of data.cells) {
      const px = left + cell.x * w;
      const py = 6 + (ny - 1 - cell.y) * h;
      const mean = num(cell.mean);
      c.textAlign = "center";
      c.textBaseline = "middle";
      if (Number.isFinite(mean)) {
        const color = shade(top > low ? 1 - Math.min(1, (mean - low) / (top - low)) : 1);
        c.fillStyle = css(color);
        c.fillRect(px + 0.5, py + 0.5, w - 1, h - 1);
        c.fillStyle = isLight(color) ? "#000" : "#fff";
        if (w > 40 && h > 15) c.fillText(short(mean), px + w / 2, py + h / 2);
      } else {
        c.fillStyle = themed("--code");
        c.fillRect(px + 0.5, py + 0.5, w - 1, h - 1);
        c.fillStyle = themed("--soft");
        const text = cell.diverged > 0 ? "×" : "not yet";
        if (w > 44 || text === "×") c.fillText(text, px + w / 2, py + h / 2);
      }
      if (mean === low) {
        c.strokeStyle = themed("--ink");
        c.lineWidth = 2.5;
        c.strokeRect(px + 2, py + 2, w - 4, h - 4);
      }
    }
    c.fillStyle = themed("--soft");
    c.textAlign = "right";
    const everyY = Math.ceil(14 / h);
    data.y.values.forEach((v, i) => { if (i % everyY === 0) c.fillText(v, left - 6, 6 + (ny - 1 - i) * h + h / 2, left - 26); });
    c.textAlign = "center";
    c.textBaseline = "top";
    const everyX = Math.ceil(44 / w);
    data.x.values.forEach((v, i) => { if (i % everyX === 0) c.fillText(v, left + i * w + w / 2, 6 + high + 6, w * everyX); });
    c.fillStyle = themed("--ink");
    c.fillText(data.x.name, left + (nx * w) / 2, 6 + high + 24);
    c.save();
    c.translate(10, 6 + high / 2);
    c.rotate(-Math.PI / 2);
    c.textBaseline = "middle";
    c.fillText(data.y.name, 0, 0);
    c.restore();
    const parts = ["Means over seeds; bright is low, the lowest has a frame. × marks cells in which a run of each choice diverged."];
    if (data.over.length > 0) parts.push(`Each cell has the best choice of ${data.over.join(", ")}.`);
    if (means.length > 1 && means[means.length - 1] > top) parts.push(`The darkest colour is ${short(top)} and above.`);
    this.caption.textContent = parts.join(" ");
  }

  /** @param {MouseEvent} e */
  cellAt(e) {
    const g = this.grid;
    if (!g) return null;
    const box = this.box.getBoundingClientRect();
    const x = Math.floor((e.clientX - box.left - g.left) / g.w);
    const y = g.ny - 1 - Math.floor((e.clientY - box.top - g.top) / g.h);
    return x >= 0 && x < g.nx && y >= 0 && y < g.ny ? { x, y } : null;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  cell(x, y) { return this.data?.cells.find((c) => c.x === x && c.y === y); }

  /**
   * @param {number} x
   * @param {number} y
   */
  mark(x, y) {
    const { data, grid: g } = this;
    if (!data || !g) return;
    this.at = { x, y };
    const cell = this.cell(x, y);
    this.tip.textContent = `${data.x.name} ${data.x.values[x]}, ${data.y.name} ${data.y.values[y]}\n${cell ? describe(cell, data.quantity) : "no runs"}`;
    this.tip.hidden = false;
    const px = g.left + (x + 0.5) * g.w;
    this.tip.style.left = x < g.nx / 2 ? `${px + 10}px` : "";
    this.tip.style.right = x < g.nx / 2 ? "" : `${this.box.clientWidth - px + 10}px`;
    this.tip.style.top = `${g.top + (g.ny - 1 - y) * g.h}px`;
  }

  unmark() { this.tip.hidden = true; }

  /** @param {KeyboardEvent} e */
  key(e) {
    const g = this.grid;
    if (!g || e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (step) {
      const x = Math.min(Math.max(this.at.x + (this.tip.hidden ? 0 : step[0]), 0), g.nx - 1);
      const y = Math.min(Math.max(this.at.y + (this.tip.hidden ? 0 : step[1]), 0), g.ny - 1);
      this.mark(x, y);
      this.said.textContent = this.tip.textContent;
      e.preventDefault();
    } else if (e.key === "Enter") {
      this.open(this.at.x, this.at.y);
    } else if (e.key === "Escape") this.unmark();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  open(x, y) {
    const cell = this.cell(x, y);
    const keys = (cell?.runs ?? []).map((i) => this.model.row(i)?.[0]).filter(Boolean);
    if (keys.length > 0) go({ view: "curves", chosen: keys.join(","), group: "-", single: "1" });
  }

  dataTable() {
    const { data } = this;
    if (!data) return el("p");
    return dataTable(this.title.textContent ?? "", [data.x.name, data.y.name, data.quantity, "at", "done", "diverged", "left"],
      data.cells.map((c) => [data.x.values[c.x], data.y.values[c.y], short(c.mean), c.at || "–", c.done, c.diverged, c.left]));
  }
}

/**
 * @param {HeatCell} cell
 * @param {string} quantity
 */
function describe(cell, quantity) {
  const parts = [Number.isFinite(num(cell.mean)) ? `${quantity} ${short(cell.mean)}${cell.at ? ` at ${cell.at}` : ""}` : "not yet"];
  parts.push(`${counted(cell.done, "run")} done`);
  if (cell.diverged) parts.push(`${cell.diverged} diverged`);
  if (cell.left) parts.push(`${cell.left} left`);
  return parts.join("; ");
}
