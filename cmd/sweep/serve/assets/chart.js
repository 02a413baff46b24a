// A chart on a canvas: lines, bands, points with their ranges, areas. It draws each line as
// one path, and what the pointer does on a canvas of its own.

import { el } from "./dom.js";
import { short } from "./format.js";
import { themed } from "./color.js";
import { Backdrop, mass, strokeLine, throng } from "./lines.js";
import { corners } from "./marks.js";
import { Scale } from "./scale.js";
import { density, isPrinting } from "./theme.js";

/**
 * @typedef {Object} Line
 * @property {"line"} kind
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} y a line breaks where it is no finite number
 * @property {string} color
 * @property {number} [width]
 * @property {number[]} [dash]
 * @property {string|(() => string)} [name] what the pointer tells; without it, it is passed over
 * @property {any} [of] what it belongs to
 *
 * @typedef {Object} Band
 * @property {"band"} kind
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} low
 * @property {ArrayLike<number>} high
 * @property {string} color
 *
 * @typedef {Object} Points
 * @property {"points"} kind
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} [low]
 * @property {ArrayLike<number>} [high]
 * @property {ArrayLike<number>} [left] a range along x
 * @property {ArrayLike<number>} [right]
 * @property {string} color
 * @property {string} [marker] "ring", "cross", "live", one that has corners, or else a dot
 * @property {number} [radius]
 * @property {string[]} [names] what the pointer tells of each
 * @property {any[]} [of] what each belongs to
 *
 * @typedef {Object} Rule
 * @property {"rule"} kind
 * @property {number} [x]
 * @property {number} [y]
 * @property {string} text
 * @property {string} color
 *
 * @typedef {Line|Band|Points|Rule} Layer
 *
 * @typedef {Object} Many lines below the layers, drawn anew only where they are others
 * @property {Line[]} lines
 * @property {number} alpha how much of them is seen; the pointer passes over what is faint
 * @property {boolean} [rough] whether others follow soon: until then they are drawn on fewer columns of dots
 *
 * @typedef {Object} Axis
 * @property {string} label
 * @property {number} low
 * @property {number} high
 * @property {boolean} log
 * @property {{at: number, text: string}[]} [ticks] in place of those that are worked out
 *
 * @typedef {{x: Axis, y: Axis, layers: Layer[], empty: string, many: Many[]}} View
 *
 * @typedef {Object} Hit
 * @property {number} x
 * @property {number} y
 * @property {string} name
 * @property {string} color
 * @property {any} of
 */

/** Charts whose pointers move together along x. */
export class Group {
  constructor() {
    /** @type {Set<Chart>} */
    this.charts = new Set();
  }

  /**
   * @param {Chart} from
   * @param {number|null} x
   */
  move(from, x) {
    for (const chart of this.charts) if (chart !== from) chart.follow(x);
  }
}

/** @type {Axis} */
const blank = { label: "", low: 0, high: 1, log: false };
/** @type {Axis} */
const bare = { ...blank, ticks: [] };
/** @type {View} what is shown before there is anything to show */
const nothing = { x: bare, y: bare, layers: [], empty: "", many: [] };

/** The room around the area of a chart, in pixels of a page. */
const room = { left: 62, right: 24, top: 14, bottom: 44 };

export class Chart {
  /**
   * @param {Object} options
   * @param {string} options.label what it shows, for screen readers
   * @param {number} [options.height] in pixels
   * @param {Group} [options.group]
   * @param {(from: number, to: number) => void} [options.zoom] a range along x was chosen
   * @param {() => void} [options.whole] the whole range was chosen
   * @param {(of: any) => void} [options.open] what was hit was chosen
   */
  constructor(options) {
    this.options = options;
    this.canvas = el("canvas", { class: "drawing", "aria-hidden": "true" });
    this.over = el("canvas", { class: "pointer", "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", role: "presentation", hidden: true });
    this.said = el("div", { class: "hidden", "aria-live": "polite" });
    const keys = options.zoom ? ". Arrow keys move along it, + and - zoom, 0 shows all, Enter opens what is marked" : ". Arrow keys move along it, Enter opens what is marked";
    this.node = el("div", { class: "chart", tabIndex: 0, role: "application", "aria-label": options.label + keys }, this.canvas, this.over, this.tip, this.said);
    this.node.style.height = `${options.height ?? 320}px`;
    /** @type {View} what is shown */
    this.view = nothing;
    /** what is to be shown */
    this.asked = this.view;
    /** @type {Backdrop[]} for each list of many lines */
    this.backdrops = [];
    this.pointed = false; // whether anything is drawn for the pointer
    this.x = new Scale(0, 1, false);
    this.y = new Scale(0, 1, false);
    /** @type {Hit|null} */
    this.hit = null;
    /** @type {number|null} */
    this.brush = null;
    /** @type {number|undefined} */
    this.brushed = undefined;
    /** @type {number|null} where along x another chart is pointed at */
    this.followed = null;
    /** @type {{target: {x: ArrayLike<number>, y: ArrayLike<number>}, i: number}|null} what keys have marked */
    this.walking = null;
    /** @type {{left: number, right: number, top: number, bottom: number}|null} */
    this.area = null;
    this.width = 0;
    this.height = 0;
    this.drawings = 0;
    options.group?.charts.add(this);
    new ResizeObserver(() => this.resize()).observe(this.node);
    this.listen();
  }

  /**
   * Shows something else. What was shown is seen until many lines are drawn.
   * @param {Axis} x
   * @param {Axis} y
   * @param {Layer[]} layers
   * @param {string} [empty] what is said where there is nothing to draw
   * @param {Many[]} [many]
   */
  show(x, y, layers, empty = "", many = []) {
    this.asked = { x, y, layers, empty, many };
    if (this.width < 1) this.resize();
    else this.draw();
  }

  /** Whether nothing was to be shown so far. */
  get blank() { return this.asked === nothing; }

  /**
   * Says something in place of what is shown.
   * @param {string} text
   */
  say(text) { this.show(bare, bare, [], text); }

  resize() {
    const box = this.node.getBoundingClientRect();
    const ratio = density();
    if (box.width < 1) return;
    if (box.width === this.width && box.height === this.height && this.canvas.width === Math.round(box.width * ratio)) return;
    this.width = box.width;
    this.height = box.height;
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(box.width * ratio);
      canvas.height = Math.round(box.height * ratio);
    }
    this.draw();
  }

  /**
   * A context in pixels of the page, cleared.
   * @param {HTMLCanvasElement} canvas
   */
  context(canvas) {
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const ratio = density();
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    return c;
  }

  draw() {
    const view = this.asked;
    if (this.width < 1 || view === nothing) return;
    const area = { left: room.left, right: this.width - room.right, top: room.top, bottom: this.height - room.bottom };
    const x = new Scale(view.x.low, view.x.high, view.x.log).on(area.left, area.right);
    const y = new Scale(view.y.low, view.y.high, view.y.log).on(area.bottom, area.top);
    while (this.backdrops.length < view.many.length) this.backdrops.push(new Backdrop());
    /** @param {number} i */
    const from = (i) => {
      if (view !== this.asked) return;
      const many = view.many[i];
      if (many) return this.backdrops[i].draw(many.lines, { width: this.width, height: this.height, ...dots(many), x, y }, () => from(i + 1));
      Object.assign(this, { view, area, x, y });
      this.paint(area);
    };
    from(0);
  }

  /** @param {{left: number, right: number, top: number, bottom: number}} area */
  paint(area) {
    const { layers, empty, many } = this.view;
    const c = this.context(this.canvas);
    this.drawAxes(c, area);
    c.save();
    c.beginPath();
    c.rect(area.left - 6, area.top - 6, area.right - area.left + 12, area.bottom - area.top + 12);
    c.clip();
    many.forEach(({ lines, alpha }, i) => {
      if (lines.length === 0) return;
      c.globalAlpha = alpha;
      c.drawImage(this.backdrops[i].canvas, 0, 0, this.width, this.height);
    });
    c.globalAlpha = 1;
    for (const layer of layers) this.drawLayer(c, layer);
    c.restore();
    if (empty) {
      c.fillStyle = themed("--soft");
      c.font = "14px system-ui, sans-serif";
      c.textAlign = "center";
      c.textBaseline = "middle";
      c.fillText(empty, (area.left + area.right) / 2, (area.top + area.bottom) / 2, area.right - area.left);
    }
    this.drawPointer();
    if (layers.length > 0 || many.some(({ lines }) => lines.length > 0)) this.node.dataset.drawn = String(++this.drawings); // for those who wait for it
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {{left: number, right: number, top: number, bottom: number}} area
   */
  drawAxes(c, area) {
    c.font = "12px system-ui, sans-serif";
    c.lineWidth = 1;
    const soft = themed("--soft");
    const grid = themed("--grid");
    const yTicks = this.view.y.ticks ?? this.y.ticks(Math.max(2, (area.bottom - area.top) / 55));
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const tick of yTicks) {
      const at = Math.round(this.y.at(tick.at)) + 0.5;
      if (at < area.top - 1 || at > area.bottom + 1) continue;
      c.strokeStyle = grid;
      c.beginPath();
      c.moveTo(area.left, at);
      c.lineTo(area.right, at);
      c.stroke();
      c.fillStyle = soft;
      c.fillText(tick.text, area.left - 8, at);
    }
    const xTicks = this.view.x.ticks ?? this.x.ticks(Math.max(2, (area.right - area.left) / 80));
    c.textAlign = "center";
    c.textBaseline = "top";
    let last = -Infinity;
    for (const tick of xTicks) {
      const at = Math.round(this.x.at(tick.at)) + 0.5;
      if (at < area.left - 1 || at > area.right + 1) continue;
      c.strokeStyle = grid;
      c.beginPath();
      c.moveTo(at, area.bottom);
      c.lineTo(at, area.bottom + 5);
      c.stroke();
      const half = c.measureText(tick.text).width / 2;
      if (at - half < last + 6) continue;
      last = at + half;
      c.fillStyle = soft;
      c.fillText(tick.text, at, area.bottom + 8);
    }
    c.strokeStyle = themed("--line");
    c.beginPath();
    c.moveTo(area.left, area.bottom + 0.5);
    c.lineTo(area.right, area.bottom + 0.5);
    c.stroke();
    c.fillStyle = themed("--ink");
    c.textBaseline = "bottom";
    c.fillText(this.view.x.label, (area.left + area.right) / 2, this.height - 4, area.right - area.left);
    c.save();
    c.translate(13, (area.top + area.bottom) / 2);
    c.rotate(-Math.PI / 2);
    c.textBaseline = "middle";
    c.fillText(this.view.y.label, 0, 0, area.bottom - area.top);
    c.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Layer} layer
   */
  drawLayer(c, layer) {
    switch (layer.kind) {
      case "line": return strokeLine(c, layer, this.x, this.y);
      case "band": return this.drawBand(c, layer);
      case "points": return this.drawPoints(c, layer);
      default: return this.drawRule(c, layer);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Band} band
   */
  drawBand(c, band) {
    const n = band.x.length;
    const top = this.area ? this.area.top - 6 : 0;
    c.fillStyle = band.color;
    let i = 0;
    while (i < n) {
      while (i < n && Number.isNaN(band.low[i])) i++;
      const first = i;
      while (i < n && !Number.isNaN(band.low[i])) i++;
      if (i - first < 1) continue;
      c.beginPath();
      for (let k = first; k < i; k++) c.lineTo(this.x.at(band.x[k]), Math.max(this.y.at(Math.min(band.high[k], 1e300)), top - 1e4));
      for (let k = i - 1; k >= first; k--) c.lineTo(this.x.at(band.x[k]), Math.max(this.y.at(Math.min(band.low[k], 1e300)), top - 1e4));
      c.closePath();
      c.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Points} p
   */
  drawPoints(c, p) {
    const r = p.radius ?? 4;
    c.strokeStyle = p.color;
    c.fillStyle = p.color;
    c.lineWidth = 1.5;
    c.beginPath();
    for (let i = 0; i < p.x.length; i++) {
      const px = this.x.at(p.x[i]);
      if (p.low && p.high && p.low[i] < p.high[i]) {
        c.moveTo(px, this.y.at(p.low[i]));
        c.lineTo(px, this.y.at(p.high[i]));
      }
      if (p.left && p.right && p.left[i] < p.right[i]) {
        c.moveTo(this.x.at(p.left[i]), this.y.at(p.y[i]));
        c.lineTo(this.x.at(p.right[i]), this.y.at(p.y[i]));
      }
    }
    c.stroke();
    for (let i = 0; i < p.x.length; i++) {
      if (p.y[i] - p.y[i] !== 0) continue;
      this.drawMarker(c, p.marker ?? "dot", this.x.at(p.x[i]), this.y.at(p.y[i]), r);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {string} marker
   * @param {number} x
   * @param {number} y
   * @param {number} r
   */
  drawMarker(c, marker, x, y, r) {
    c.beginPath();
    switch (marker) {
      case "cross":
        c.moveTo(x - r, y - r);
        c.lineTo(x + r, y + r);
        c.moveTo(x + r, y - r);
        c.lineTo(x - r, y + r);
        c.lineWidth = 2;
        c.stroke();
        return;
      case "ring":
        c.arc(x, y, r, 0, 2 * Math.PI);
        this.outline(c, 2);
        return;
      case "live":
        c.arc(x, y, r, 0, 2 * Math.PI);
        c.save();
        c.fillStyle = themed("--page");
        c.fill();
        c.restore();
        c.lineWidth = 1.5;
        c.setLineDash([2.5, 2]);
        c.stroke();
        c.setLineDash([]);
        return;
      default:
        if (corners[marker]) for (const [dx, dy] of corners[marker]) c.lineTo(x + dx * r, y + dy * r);
        else c.arc(x, y, r, 0, 2 * Math.PI);
        c.fill();
    }
  }

  /**
   * Strokes what was laid out, set off from what lies below.
   * @param {CanvasRenderingContext2D} c
   * @param {number} width
   */
  outline(c, width) {
    c.save();
    c.strokeStyle = themed("--page");
    c.lineWidth = width + 3;
    c.stroke();
    c.restore();
    c.lineWidth = width;
    c.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {Rule} rule
   */
  drawRule(c, rule) {
    if (!this.area) return;
    c.strokeStyle = rule.color;
    c.fillStyle = rule.color;
    c.lineWidth = 1;
    c.setLineDash([4, 3]);
    c.beginPath();
    if (rule.x !== undefined) {
      c.moveTo(this.x.at(rule.x), this.area.top);
      c.lineTo(this.x.at(rule.x), this.area.bottom);
    } else {
      c.moveTo(this.area.left, this.y.at(rule.y ?? 0));
      c.lineTo(this.area.right, this.y.at(rule.y ?? 0));
    }
    c.stroke();
    c.setLineDash([]);
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "top";
    const at = rule.x !== undefined ? this.x.at(rule.x) : this.area.left;
    const left = at > (this.area.left + this.area.right) / 2;
    c.textAlign = left ? "right" : "left";
    const [tx, ty] = [at + (left ? -5 : 5), rule.x !== undefined ? this.area.top - 4 : this.y.at(rule.y ?? 0) + 3];
    c.strokeStyle = themed("--page");
    c.lineWidth = 3;
    c.strokeText(rule.text, tx, ty);
    c.fillText(rule.text, tx, ty);
  }

  listen() {
    const { node } = this;
    /** @param {PointerEvent} e */
    const at = (e) => {
      const box = node.getBoundingClientRect();
      return { px: e.clientX - box.left, py: e.clientY - box.top };
    };
    node.addEventListener("pointermove", (e) => {
      const { px, py } = at(e);
      if (this.brush !== null) this.brushed = px;
      this.point(px, py);
    });
    node.addEventListener("pointerleave", () => {
      if (this.brush !== null) return;
      this.leave();
    });
    node.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      const { px } = at(e);
      this.brush = this.brushed = px;
      if (this.options.zoom && e.pointerType === "mouse") node.setPointerCapture(e.pointerId);
    });
    node.addEventListener("pointerup", (e) => {
      const { px, py } = at(e);
      const from = this.brush;
      this.brush = null;
      if (from !== null && this.options.zoom && e.pointerType === "mouse" && Math.abs(px - from) > 5) {
        this.zoomTo(this.x.back(Math.min(from, px)), this.x.back(Math.max(from, px)));
      } else if (from !== null) {
        this.point(px, py);
        if (this.hit && this.options.open) this.options.open(this.hit.of);
      }
      this.drawPointer();
    });
    node.addEventListener("dblclick", () => this.options.whole?.());
    node.addEventListener("keydown", (e) => this.key(e));
    node.addEventListener("blur", () => this.leave());
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  zoomTo(from, to) {
    if (to > from) this.options.zoom?.(from, to);
  }

  /** @param {KeyboardEvent} e */
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.area) return;
    const wide = this.area.right - this.area.left;
    const middle = this.hit ? this.x.at(this.hit.x) : (this.area.left + this.area.right) / 2;
    /** @param {number} share */
    const about = (share) => this.zoomTo(this.x.back(Math.max(this.area?.left ?? 0, middle - (wide * share) / 2)), this.x.back(middle + (wide * share) / 2));
    switch (e.key) {
      case "ArrowRight": this.walk(1, 0); break;
      case "ArrowLeft": this.walk(-1, 0); break;
      case "ArrowUp": this.walk(0, -1); break;
      case "ArrowDown": this.walk(0, 1); break;
      case "Home": this.walk(-Infinity, 0); break;
      case "End": this.walk(Infinity, 0); break;
      case "+":
      case "=": if (!this.options.zoom) return; about(0.5); break;
      case "-": if (!this.options.zoom) return; this.options.zoom(this.x.back(middle - wide), this.x.back(middle + wide)); break;
      case "0": this.options.whole?.(); break;
      case "Enter":
        if (!this.hit || !this.options.open) return;
        this.options.open(this.hit.of);
        break;
      case "Escape": this.leave(); return;
      default: return;
    }
    e.preventDefault();
  }

  /** What can be pointed at, line by line. */
  targets() {
    /** @type {{x: ArrayLike<number>, y: ArrayLike<number>, name: (i: number) => string, of: (i: number) => any, color: string}[]} */
    const targets = [];
    const { layers, many } = this.view;
    for (const layer of [...many.filter(({ alpha }) => alpha === 1).flatMap(({ lines }) => lines), ...layers]) {
      if (layer.kind === "line" && layer.name !== undefined) {
        const { x, y, name, of, color } = layer;
        targets.push({ x, y, name: () => (typeof name === "function" ? name() : name), of: () => of, color });
      }
      if (layer.kind === "points" && layer.names) targets.push({ x: layer.x, y: layer.y, name: (i) => layer.names?.[i] ?? "", of: (i) => layer.of?.[i], color: layer.color });
    }
    return targets;
  }

  /**
   * Moves the mark by keys: along a line, or to the one above or below.
   * @param {number} along
   * @param {number} across
   */
  walk(along, across) {
    const targets = this.targets().filter((t) => t.x.length > 0);
    if (targets.length === 0) return;
    let line = targets.findIndex((t) => t === this.walking?.target || (this.walking && t.x === this.walking.target.x && t.y === this.walking.target.y));
    let i = this.walking?.i ?? 0;
    if (line < 0) {
      line = 0;
      i = 0;
    } else if (across !== 0) {
      const here = targets[line].x[i];
      line = (line + across + targets.length) % targets.length;
      i = nearest(targets[line].x, here);
    } else {
      const many = Math.max(1, Math.round(targets[line].x.length / 200));
      i = Math.min(Math.max(i + along * (Number.isFinite(along) ? many : 1), 0), targets[line].x.length - 1);
    }
    const t = targets[line];
    this.walking = { target: t, i };
    this.mark({ x: t.x[i], y: t.y[i], name: t.name(i), color: t.color, of: t.of(i) });
    this.said.textContent = this.tip.textContent;
  }

  /**
   * Marks what lies nearest to a place.
   * @param {number} px
   * @param {number} py
   */
  point(px, py) {
    if (!this.area || px < this.area.left - 8 || px > this.area.right + 8) {
      this.leave();
      return;
    }
    const x = this.x.back(px);
    /** @type {Hit|null} */
    let best = null;
    let near = Infinity;
    for (const t of this.targets()) {
      const n = t.x.length;
      if (n === 0) continue;
      const i = nearest(t.x, x);
      for (let k = Math.max(0, i - 1); k <= Math.min(n - 1, i + 1); k++) {
        if (t.y[k] - t.y[k] !== 0) continue;
        const dx = this.x.at(t.x[k]) - px;
        const dy = this.y.at(t.y[k]) - py;
        const d = dx * dx + dy * dy;
        if (d < near) {
          near = d;
          best = { x: t.x[k], y: t.y[k], name: t.name(k), color: t.color, of: t.of(k) };
        }
      }
    }
    this.mark(best);
  }

  /** @param {Hit|null} hit */
  mark(hit) {
    this.hit = hit;
    this.followed = null;
    this.options.group?.move(this, hit ? hit.x : null);
    this.drawPointer();
  }

  leave() {
    this.mark(null);
  }

  /**
   * Shows where along x another chart is pointed at.
   * @param {number|null} x
   */
  follow(x) {
    this.hit = null;
    this.followed = x;
    this.drawPointer();
  }

  drawPointer() {
    if (this.width < 1 || !this.area) return;
    const { area, hit } = this;
    const at = hit ? hit.x : this.followed;
    const brushed = this.brush !== null && this.options.zoom && this.brushed !== undefined && Math.abs(this.brushed - this.brush) > 5;
    this.tip.hidden = !hit;
    if (at === null && !brushed && !this.pointed) return;
    this.pointed = at !== null || brushed === true;
    const c = this.context(this.over);
    if (at !== null) {
      const px = this.x.at(at);
      c.strokeStyle = themed("--soft");
      c.lineWidth = 1;
      c.setLineDash([3, 3]);
      c.beginPath();
      c.moveTo(px, area.top);
      c.lineTo(px, area.bottom);
      c.stroke();
      c.setLineDash([]);
    }
    if (brushed && this.brush !== null && this.brushed !== undefined) {
      c.fillStyle = themed("--brush");
      c.fillRect(Math.min(this.brush, this.brushed), area.top, Math.abs(this.brushed - this.brush), area.bottom - area.top);
    }
    if (!hit) return;
    const px = this.x.at(hit.x);
    const py = this.y.at(hit.y);
    c.fillStyle = hit.color;
    c.strokeStyle = themed("--page");
    c.lineWidth = 2;
    c.beginPath();
    c.arc(px, py, 5, 0, 2 * Math.PI);
    c.fill();
    c.stroke();
    this.tip.textContent = hit.name.includes("\n") || hit.name.includes(":") ? hit.name : `${hit.name}\n${this.view.x.label} ${short(hit.x)}, ${this.view.y.label} ${short(hit.y)}`;
    const right = px > this.width / 2;
    this.tip.style.left = right ? "" : `${px + 12}px`;
    this.tip.style.right = right ? `${this.width - px + 12}px` : "";
    this.tip.style.top = `${Math.min(Math.max(py - 20, 0), this.height - 70)}px`;
  }
}

/**
 * On how many dots for each pixel of the page many lines are drawn. What is drawn roughly has fewer
 * columns of them; each value has the row that it would have.
 * @param {Many} many
 */
function dots({ lines, rough }) {
  if (isPrinting() || !rough && lines.length <= throng) return { across: density(), down: density() };
  return { across: lines.length > mass ? 0.25 : 0.5, down: 1 };
}

/**
 * The place of the number nearest to x among numbers that rise.
 * @param {ArrayLike<number>} all
 * @param {number} x
 */
export function nearest(all, x) {
  let low = 0;
  let high = all.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (all[middle] < x) low = middle;
    else high = middle;
  }
  return Math.abs(all[high] - x) < Math.abs(all[low] - x) ? high : low;
}
