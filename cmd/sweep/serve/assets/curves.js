// Curves: bands over all runs of a group, or runs one by one.

import { Chart, Group } from "./chart.js";
import { colorOf, css } from "./color.js";
import { behind, choice, dataTable, el, figure, fill, seenFocus, swatch, toggle } from "./dom.js";
import { capital, count, counted, num, short } from "./format.js";
import { formOf, marked } from "./marks.js";
import { crowd } from "./lines.js";
import { extentOf } from "./scale.js";
import { getCurves } from "./curvedata.js";
import { isStatic } from "./source.js";
import { go } from "./state.js";
import { isDark } from "./theme.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./curvedata.js").CurveData} CurveData */
/** @typedef {import("./state.js").State} State */
/** As many points are drawn as dots, too: a line between two of them is no measurement. */
export const few = 60;
/** How long curves may take before it is said that they are being read, and a rough picture stays, in ms. */
const patience = 150;

/** Names of quantities as people read them. @param {string} quantity */
export function quantityName(quantity) {
  return { loss: "training loss", eval_loss: "evaluation loss", grad_norm: "gradient norm", match: "match" }[quantity] ?? quantity.replace(/^logged\./, "");
}

export class Curves {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.group = new Group();
    this.controls = el("div", { class: "controls" });
    this.ranges = el("div", { class: "controls beside" });
    this.message = el("p", { class: "message", role: "status" });
    this.charts = el("div", { class: "stack" });
    this.legend = el("ul", { class: "legend", "aria-label": "Groups" });
    this.caption = el("p", { class: "caption" });
    this.node = el("div", { class: "curves" }, el("h1", { class: "hidden" }, "Curves"), this.controls, this.message, el("div", { class: "caption-row" }, this.legend, this.ranges), this.charts, this.caption);
    this.width = 0; // that charts have, as wide as every view; to ask for it has the page laid out at once
    new ResizeObserver(([view]) => { this.width = view.contentRect.width; }).observe(/** @type {HTMLElement} */ (document.getElementById("view")));
    this.lit = "";
    this.keys = "";
    /** @type {Map<string, {chart: Chart, figure: HTMLElement, data: CurveData|null, asked: string, kept: Record<string, {key: string, data: CurveData, lines: import("./chart.js").Line[], sharp: boolean}>, table: ReturnType<typeof behind>}>} */
    this.shown = new Map();
    this.asked = "";
    /** @type {string[]} */
    this.quantities = [];
    /** @type {AbortController|null} */
    this.asking = null;
  }

  /**
   * @param {State} state
   * @param {Set<string>|null} changed
   */
  show(state, changed) {
    this.state = state;
    if (changed === null) void this.refresh(false); // so that a server works meanwhile
    else if ([...changed].some((c) => c.startsWith("run/"))) void this.refresh(true);
    if (changed === null || changed.has("sweep")) {
      this.showControls();
      this.showRanges();
    }
  }

  /** The quantities that are shown. */
  chosen() {
    const usual = this.usual();
    const there = usual.filter((q) => this.state?.quantity || this.quantities.includes(q));
    return there.length > 0 ? there : usual.slice(0, 1);
  }

  /** The quantities that are asked for, whether there are any of them or not. */
  usual() {
    const asked = (this.state?.quantity ?? "").split(",").filter(Boolean);
    return asked.length > 0 ? asked : ["loss", "eval_loss"];
  }

  /**
   * @param {string} quantity
   * @returns {import("./curvedata.js").Query}
   */
  query(quantity) {
    const s = this.state;
    if (!s) return {};
    this.width ||= this.charts.clientWidth || 900;
    const wide = Math.max(200, Math.round(this.width) - 76);
    const columns = s.single === "1" ? wide : Math.round(wide / 2); // of bands the lowest and the highest of two pixels
    return {
      quantity, by: this.groupAxis(), x: s.x === "step" ? "" : s.x, where: s.where, single: s.single, columns, log: s.log.includes("x") ? "1" : "",
      from: s.from, to: s.to, keys: s.chosen, soon: "1",
    };
  }

  groupAxis() {
    const group = this.state?.group ?? "";
    return group === "-" ? "" : group || this.model.by;
  }

  /**
   * Gets what is shown, anew.
   * @param {boolean} live it is shown already, and has grown
   */
  async refresh(live) {
    if (live && this.busy) {
      this.grown = true;
      return;
    }
    this.grown = false;
    this.busy = true;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      this.layOut();
      const known = this.quantities.length > 0;
      await this.read(known || isStatic ? this.chosen() : this.usual(), asking.signal, live);
      if (!known && isStatic) await this.read(this.chosen(), asking.signal, live);
    } catch (e) {
      if (asking.signal.aborted) return;
      this.message.textContent = e instanceof Error ? e.message : String(e);
      for (const one of this.shown.values()) if (!one.data) one.chart.say("no curves were read");
    } finally {
      if (this.asking === asking) {
        this.busy = false;
        if (this.grown) void this.refresh(true);
      }
    }
  }

  /**
   * Shows quantities, all in one frame. They are asked for where what is there is not what
   * was asked for, or has grown. Where the runs are many, what can be sent and drawn at once
   * is shown first: of each the lowest and the highest value in fewer columns.
   * @param {string[]} quantities
   * @param {AbortSignal} signal
   * @param {boolean} live
   */
  async read(quantities, signal, live) {
    const rough = this.state?.single === "1" && !live && !isStatic;
    const got = await Promise.all(quantities.map((quantity) => this.get(quantity, signal, live, rough)));
    this.take(got);
    if (got.some(({ data }) => data.read < data.runs)) setTimeout(() => { if (this.node.isConnected) void this.refresh(true); }, 250);
    const rest = got.filter(({ data }) => data.rough);
    if (rest.length > 0) this.take(await Promise.all(rest.map(({ data }) => this.get(data.quantity, signal, false, false))));
  }

  /**
   * @param {string} quantity
   * @param {AbortSignal} signal
   * @param {boolean} live
   * @param {boolean} rough
   */
  async get(quantity, signal, live, rough) {
    const query = this.query(quantity);
    const asked = JSON.stringify(query);
    const had = this.shown.get(quantity);
    const same = had?.asked === asked ? had.data : null;
    if (same && !same.rough && !live) return { asked, data: same };
    return { asked, data: await getCurves(rough ? { ...query, rough: "1" } : query, signal, live ? same : null) };
  }

  /** @param {{asked: string, data: CurveData}[]} got */
  take(got) {
    if (got[0].data.quantities.length > this.quantities.length) { // more of them, once more curves are read
      this.quantities = got[0].data.quantities;
      this.showControls();
    }
    this.layOut();
    for (const { asked, data } of got) {
      this.message.textContent = data.read < data.runs ? `${count(data.read)} of ${counted(data.runs, "curve")} read so far` : "";
      const one = this.shown.get(data.quantity);
      if (!one) continue;
      Object.assign(one, { asked, data });
      this.draw(data.quantity);
    }
  }

  /** Has a chart for each quantity that is shown. */
  layOut() {
    const wanted = this.chosen();
    for (const [quantity, one] of this.shown) {
      if (!wanted.includes(quantity)) {
        one.figure.remove();
        this.group.charts.delete(one.chart);
        this.shown.delete(quantity);
      }
    }
    for (const quantity of wanted) {
      if (this.shown.has(quantity)) continue;
      const chart = new Chart({
        label: `${quantityName(quantity)} along the run`, height: 380, group: this.group,
        zoom: (from, to) => go({ from: String(Number(Math.max(from, 0).toPrecision(6))), to: String(Number(to.toPrecision(6))) }),
        whole: () => go({ from: "", to: "" }),
        open: (run) => this.open(run),
      });
      const table = behind(() => this.table(quantity));
      const card = figure(el("h2", {}, capital(quantityName(quantity))), el("div"), chart.node, table.node);
      this.charts.append(card);
      this.shown.set(quantity, { chart, figure: card, data: null, asked: "", kept: {}, table });
      setTimeout(() => { if (chart.blank) chart.say("reading the curves"); }, patience);
    }
  }

  /** Draws what is shown anew, for a page of another width or in other colours. */
  redraw() {
    for (const [quantity, one] of this.shown) {
      one.chart.resize();
      this.draw(quantity);
    }
  }

  /** @param {string} quantity */
  draw(quantity) {
    const one = this.shown.get(quantity);
    const data = one?.data;
    const state = this.state;
    if (!one || !data || !state) return;
    const by = this.groupAxis();
    const axis = this.model.groups.find((a) => a.name === by);
    const hidden = new Set(state.hide.split(",").filter(Boolean));
    const smooth = Math.min(Math.max(num(state.smooth) || 0, 0), 0.99);
    /** @type {import("./chart.js").Layer[]} */
    const layers = [];
    /** @type {import("./chart.js").Layer[]} */
    const lines = [];
    const single = state.single === "1";
    /** @type {Float32Array[]} */
    const ys = [];
    const log = state.log.includes("y");
    // Where many bands overlap, their areas are fainter: the means are what tells them apart.
    const told = data.bands.length > 1 && !axis?.numeric; // by markers, too
    const faint = data.bands.length - hidden.size > 3 ? 0.5 : 1;
    data.bands.forEach((b, i) => {
      if (hidden.has(b.label) || single) return;
      const color = this.colorOf(b.label, i, data.bands.length, axis);
      const form = this.formOf(b.label, i, axis);
      const lit = this.lit === "" ? faint : this.lit === b.label ? 1.4 : 0.12;
      const name = by ? `${by} ${b.label}` : b.label;
      const of = this.lit === "" || this.lit === b.label ? 1 : 0.25;
      layers.push({ kind: "band", x: b.x, low: b.least, high: b.most, color: css(color, 0.1 * lit) });
      layers.push({ kind: "band", x: b.x, low: b.low, high: b.high, color: css(color, 0.25 * lit) });
      lines.push({ kind: /** @type {const} */ ("line"), x: b.x, y: b.most, color: css(color, 0.4 * lit), width: 0.75, name: `${name}, highest run` });
      lines.push({ kind: /** @type {const} */ ("line"), x: b.x, y: b.least, color: css(color, 0.4 * lit), width: 0.75, name: `${name}, lowest run` });
      lines.push({ kind: /** @type {const} */ ("line"), x: b.medianX, y: b.median, color: css(color, of), width: 1, dash: [1.5, 2.5], name: `${name}, median of ${counted(b.runs, "run")}` });
      lines.push({ kind: /** @type {const} */ ("line"), x: b.meanX, y: b.mean, color: css(color, of), width: 2.25, dash: form.dash, name: `${name}, mean of ${counted(b.runs, "run")}` });
      if (told) layers.push(markers(form, i, b.meanX, b.mean, css(color, of)));
      ys.push(b.least, b.most);
    });
    const many = data.lines.length;
    const runs = data.lines.filter((l) => !hidden.has(data.bands[l.group].label));
    const colors = data.bands.map((b, i) => this.colorOf(b.label, i, data.bands.length, axis));
    const alphas = data.bands.map((b) => (many > crowd ? 0.25 : many > 40 ? 0.5 : 0.9) * (this.lit === "" || this.lit === b.label ? 1 : 0.15));
    const forms = data.bands.map((b, i) => this.formOf(b.label, i, axis));
    // Of so many, each dash of which has to be laid out, none could be followed.
    const crowded = many > crowd;
    const dashes = forms.map((form) => (crowded ? [] : form.dash));
    /**
     * A line for each run: the same ones as long as they are made of the same.
     * @param {string} after what each goes by, behind its name
     * @param {number} wide
     * @param {number} strong how much more of them is seen than is usual
     * @param {number} smooth
     */
    const keep = (after, wide, strong, smooth) => {
      const key = JSON.stringify([colors, alphas, dashes, state.hide, smooth]);
      const had = one.kept[after];
      if (had?.data === data && had.key === key) return had;
      const strokes = colors.map((color, i) => css(color, Math.min(1, alphas[i] * strong)));
      return one.kept[after] = { data, key, sharp: false, lines: runs.map((l) => ({ kind: "line", ...(smooth > 0 ? smoothed(l.x, l.y, smooth) : { x: l.x, y: l.y }), color: strokes[l.group], width: wide, dash: dashes[l.group], name: () => this.model.nameOf(l.run) + after, of: l.run })) };
    };
    const kept = [{ lines: keep("", crowded ? 0.75 : 1.25, 1, 0).lines, alpha: smooth > 0 ? 0.3 : 1, rough: data.rough }];
    if (smooth > 0) {
      const after = ", smoothed";
      const drawn = keep(after, crowded ? 1 : 1.5, 1.5, smooth);
      const soon = crowded && !data.rough && !drawn.sharp; // a picture at once, and a sharp one soon
      kept.push({ lines: drawn.lines, alpha: 1, rough: data.rough || soon });
      if (soon) {
        setTimeout(() => {
          if (one.kept[after] !== drawn || drawn.sharp) return;
          drawn.sharp = true;
          this.draw(quantity);
        }, patience);
      }
    }
    for (const l of runs) {
      const color = css(colors[l.group], alphas[l.group]);
      if (l.x.length <= few && many <= few) layers.push({ kind: "points", x: l.x, y: l.y, color, radius: 2.5, marker: forms[l.group].marker });
      else if (told && !crowded) layers.push(markers(forms[l.group], l.run, l.x, l.y, color));
      ys.push(l.y);
    }
    const [low, high] = extentOf(ys, log);
    const label = { tokens: "tokens", seconds: "seconds of training" }[state.x] ?? "step";
    const none = data.bands.every((b) => b.x.length === 0) && many === 0;
    const ticks = none ? [] : undefined;
    const why = data.read < data.runs ? "reading the curves" : state.where && data.bands.every((b) => b.runs === 0) ? "this holds for no run" : "no run has logged it yet";
    one.chart.show({ label, low: data.from, high: data.to, log: state.log.includes("x"), ticks }, { label: quantityName(quantity), low, high, log, ticks }, [...layers, ...lines],
      none ? why : "", kept);
    one.table.update();
    this.showLegend(data, axis);
    const notes = single ? [] : ["Thick: mean, with its 95 % interval over runs; dotted: median; outer band: lowest to highest run, of all runs."];
    if (state.log.includes("x")) notes.push(`What was measured at ${label} 0 has no place on a logarithmic axis.`);
    if (data.note) notes.push(data.note);
    this.caption.textContent = notes.join(" ");
  }

  /**
   * @param {string} label
   * @param {number} i
   * @param {number} n
   * @param {import("./model.js").Axis|undefined} axis
   * @returns {[number, number, number]}
   */
  colorOf(label, i, n, axis) {
    if (!axis) return colorOf(0, 1, false);
    const at = axis.values.indexOf(label);
    return colorOf(at < 0 ? i : at, Math.max(axis.values.length, n), axis.numeric);
  }

  /**
   * @param {string} label
   * @param {number} i
   * @param {import("./model.js").Axis|undefined} axis
   */
  formOf(label, i, axis) {
    const at = axis?.values.indexOf(label) ?? -1;
    return formOf(at < 0 ? i : at, axis?.numeric ?? false);
  }

  /**
   * @param {CurveData} data
   * @param {import("./model.js").Axis|undefined} axis
   */
  showLegend(data, axis) {
    if (!this.state) return;
    const keys = JSON.stringify([axis?.name, data.bands.map((b) => [b.label, b.runs]), this.state.hide, isDark()]);
    if (keys === this.keys) return;
    this.keys = keys;
    if (data.bands.length < 2) return fill(this.legend);
    const hidden = new Set(this.state.hide.split(",").filter(Boolean));
    /** @param {string} label */
    const light = (label) => {
      if (this.lit === label || hidden.has(label)) return;
      this.lit = label;
      for (const quantity of this.shown.keys()) this.draw(quantity);
    };
    fill(this.legend, ...data.bands.map((b, i) => {
      const on = !hidden.has(b.label);
      return el("li", {}, el("button", {
        type: "button", class: "key", "aria-pressed": String(on), title: on ? "hide" : "show",
        onpointerenter: () => light(b.label), onpointerleave: () => light(""), onfocus: (/** @type {FocusEvent} */ e) => { if (seenFocus(e)) light(b.label); }, onblur: () => light(""),
        onclick: () => {
          if (on) hidden.add(b.label);
          else hidden.delete(b.label);
          go({ hide: [...hidden].join(",") });
        },
      }, swatch(css(this.colorOf(b.label, i, data.bands.length, axis)), this.formOf(b.label, i, axis)), `${axis?.name ?? ""} ${b.label}`, el("span", { class: "soft", title: counted(b.runs, "run") }, ` ${b.runs}`)));
    }));
  }

  showControls() {
    const s = this.state;
    if (!s) return;
    const quantities = this.quantities.length > 0 ? this.quantities : ["loss"];
    const chosen = this.chosen();
    const where = el("input", { type: "search", value: s.where, disabled: isStatic, placeholder: isStatic ? "conditions need sweep serve" : "lr < 0.1 and seed = 0", "aria-label": "Runs for which this holds", onchange: () => go({ where: where.value }) });
    const smooth = el("input", { type: "range", min: "0", max: "0.98", step: "0.02", value: s.smooth, oninput: () => go({ smooth: smooth.value }) });
    fill(this.controls,
      choice("A band for each", [...this.model.groups.map((a) => ({ value: a.name, text: a.name })), { value: "-", text: "nothing: all together" }], s.group === "-" ? "-" : this.groupAxis(), (group) => go({ group, hide: "" })),
      toggle("Single runs", s.single === "1", (on) => go({ single: on ? "1" : "" }), "draw each run's curve"),
      choice("Along", isStatic ? [{ value: "step", text: "steps (tokens and time need sweep serve)" }] : [{ value: "step", text: "steps" }, { value: "tokens", text: "tokens" }, { value: "seconds", text: "time" }], s.x, (x) => go({ x, from: "", to: "" })),
      toggle("log x", s.log.includes("x"), (on) => go({ log: (on ? "x" : "") + (s.log.includes("y") ? "y" : "") })),
      toggle("log y", s.log.includes("y"), (on) => go({ log: (s.log.includes("x") ? "x" : "") + (on ? "y" : "") })),
      s.single === "1" && el("label", { class: "field" }, el("span", {}, "Smoothing"), smooth),
      el("label", { class: "field wide" }, el("span", {}, "Where"), where),
      quantities.length > 1 && el("fieldset", { class: "field" }, el("legend", {}, "Curves of"), ...quantities.map((q) => el("label", { class: "check" },
        el("input", { type: "checkbox", checked: chosen.includes(q), onchange: () => go({ quantity: (chosen.includes(q) ? chosen.filter((c) => c !== q) : [...chosen, q]).join(",") }) }), quantityName(q)))));
  }

  showRanges() {
    const s = this.state;
    if (!s) return;
    const zoomed = s.from !== "" || s.to !== "";
    fill(this.ranges,
      zoomed && el("span", { class: "soft" }, `${short(num(s.from || 0))} to ${s.to ? short(num(s.to)) : "the end"}`),
      zoomed && el("button", { type: "button", onclick: () => go({ from: "", to: "" }) }, "Show all of it"),
      s.chosen && el("button", { type: "button", onclick: () => go({ chosen: "" }) }, `All runs, not ${s.chosen.split(",").length} chosen`),
      !zoomed && el("span", { class: "soft hint" }, "Drag over a chart to zoom"));
  }

  /** @param {number|undefined} run */
  open(run) {
    if (run === undefined) return;
    const key = this.model.row(run)?.[0];
    if (key) go({ view: "run", run: String(key) });
  }

  /** @param {string} quantity */
  table(quantity) {
    const data = this.shown.get(quantity)?.data;
    if (!data) return el("p");
    if (this.state?.single === "1") {
      return dataTable(quantityName(quantity), ["run", "points", "first", "last", "lowest", "highest"], data.lines.map((l) => {
        const finite = Array.from(l.y).filter((v) => Number.isFinite(v));
        return [this.model.nameOf(l.run), l.y.length, short(l.y[0]), short(l.y[l.y.length - 1]), short(Math.min(...finite)), short(Math.max(...finite))];
      }));
    }
    const rows = data.bands.flatMap((b) => {
      const step = Math.max(1, Math.floor(b.x.length / 20));
      return Array.from(b.x).map((x, i) => ({ x, i })).filter(({ i }) => i % step === 0 || i === b.x.length - 1).map(({ x, i }) => [b.label, short(x), short(b.least[i]), short(b.most[i]), short(b.low[i]), short(b.high[i]), b.n[i]]);
    });
    return dataTable(quantityName(quantity), ["group", "x", "lowest run", "highest run", "mean, from", "to", "runs"], rows);
  }
}

/**
 * Markers along a line.
 * @param {import("./marks.js").Form} form
 * @param {number} i the place of the line
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {string} color
 * @returns {import("./chart.js").Points}
 */
function markers(form, i, x, y, color) {
  const at = marked(x.length, i);
  return { kind: "points", x: at.map((k) => x[k]), y: at.map((k) => y[k]), color, radius: 4, marker: form.marker };
}

/**
 * A curve by an exponential mean of the values so far, none of which counts for more as the first
 * does where such a mean starts at it. It takes account of how far apart the values are, and is
 * told as finely as it moves.
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {number} by from 0 to 1: about the share of the range that it is over
 */
export function smoothed(x, y, by) {
  const n = y.length;
  const reach = (x[n - 1] - x[0]) * by * 0.15 || 1;
  const step = reach / 32;
  const outX = new Float32Array(n);
  const outY = new Float32Array(n);
  let told = 0;
  let next = -Infinity;
  let sum = 0;
  let weight = 0;
  /** @type {Map<number, number>} by how far values are apart */
  const shares = new Map();
  let apart = NaN;
  let share = 0;
  for (let i = 0; i < n; i++) {
    const v = y[i];
    const breaks = v - v !== 0; // a line breaks there, and begins anew
    if (breaks) {
      sum = weight = 0;
    } else {
      const d = x[i] - x[i - 1];
      if (i > 0 && d !== apart) { // most are as far apart as others before
        apart = d;
        share = shares.get(d) ?? Math.exp(-d / reach);
        if (shares.size < 100) shares.set(d, share);
      }
      sum = share * sum + v;
      weight = share * weight + 1;
    }
    if (breaks || x[i] >= next || i === n - 1 || y[i + 1] - y[i + 1] !== 0) {
      outX[told] = x[i];
      outY[told++] = breaks ? v : sum / weight;
      next = breaks ? -Infinity : x[i] + step;
    }
  }
  return { x: outX.slice(0, told), y: outY.slice(0, told) };
}

