// What a page knows of its sweep, put together from what came so far.

/** @typedef {import("./format.js").Num} Num */
/**
 * @typedef {{name: string, values: string[], numeric: boolean}} Axis
 * @typedef {{name: string, question: string, note: string, tags: string[], imported: string, train: string, next: string, report: string, axes: Axis[], arms: string[], metrics: string[], steps: number}} Sweep
 * @typedef {{runs: number, states: Record<string, number>, share: number, seconds: Num, speed: number, workers: {name: string, runs: number[], heard: number}[], idle: {name: string, why: string[]}[]}} Progress
 * @typedef {{by: string, over: string, quantity: string, panels: string[], tied: string[], seeds: number, lines: number}} Layout
 * @typedef {{label: string, x: Num, mean: Num, low: Num, high: Num, done: number, diverged: number, left: number, runs: number[], training: {run: number, step: number, of: number, loss: Num}[]}} Cell
 * @typedef {{panel: string, by: string, byx: Num, cells: Cell[], best: {at: number, low: Num, high: Num, loss: Num, place: string, bound: boolean}|null, why: string, lowest: Num}} ValleyLine
 * @typedef {{where: string, use: string, more: string, unknown: {text: string, try: string}[]}} Use
 * @typedef {{letter: string, claim: string, part: string, verdict: string, measure: string, value: string, runs: string, why: string, add: string}} Claim
 * @typedef {{answers: Use[], laws: string[], claims: Claim[], trouble: string}} Answer
 * @typedef {{name: string, doc: string, numeric: boolean, axis: boolean}} Column
 * @typedef {(string|number|boolean|null)[]} Row
 */

export class Model {
  constructor() {
    /** @type {Map<string, any>} */
    this.parts = new Map();
    this.trouble = "";
    this.version = "";
    /** @type {Row[]|null} all rows, once they were put together */
    this.held = null;
  }

  /**
   * Takes in what came, and returns the names of the parts that changed.
   * @param {import("./source.js").Message} m
   * @param {(name: string) => boolean} [mine] which parts a whole message has all of
   */
  take(m, mine = () => true) {
    const changed = new Set(Object.keys(m.parts).filter((name) => JSON.stringify(m.parts[name]) !== JSON.stringify(this.parts.get(name))));
    if (m.whole) {
      for (const name of this.parts.keys()) {
        if (!(name in m.parts) && mine(name)) {
          this.parts.delete(name);
          changed.add(name);
        }
      }
    }
    for (const [name, value] of Object.entries(m.parts)) {
      if (value === null) this.parts.delete(name);
      else this.parts.set(name, value);
    }
    this.held = null;
    this.trouble = m.trouble;
    this.version = m.version;
    return changed;
  }

  /** @returns {Sweep} */
  get sweep() { return this.parts.get("sweep") ?? { name: "", question: "", note: "", tags: [], imported: "", train: "", next: "", report: "", axes: [], arms: [], metrics: ["loss"], steps: 0 }; }
  /** @returns {Progress} */
  get progress() { return this.parts.get("progress") ?? { runs: 0, states: {}, share: 0, seconds: null, speed: 0, workers: [], idle: [] }; }
  /** @returns {Layout} */
  get layout() { return this.parts.get("layout") ?? { by: "", over: "", quantity: "", panels: [], tied: [], seeds: 0, lines: 0 }; }
  /** @returns {Answer} */
  get answer() { return this.parts.get("answer") ?? { answers: [], laws: [], claims: [], trouble: "" }; }
  /** Whether the answer is still being worked out. */
  get busy() { return !this.parts.has("answer"); }
  /** @returns {Column[]} */
  get columns() { return this.parts.get("columns") ?? []; }

  /** @returns {ValleyLine[]} */
  get lines() {
    const lines = [];
    for (let i = 0; i < this.layout.lines; i++) {
      const line = this.parts.get(`line/${i}`);
      if (line) lines.push(line);
    }
    return lines;
  }

  /** @returns {Row[]} of all runs, each with its key first; empty before they came */
  get rows() { return this.held ??= this.allRows(); }

  allRows() {
    /** @type {Row[]} */
    const rows = [];
    for (let i = 0; i < this.progress.runs; i++) {
      const row = this.parts.get(`run/${i}`);
      if (!row) return [];
      rows.push(row);
    }
    return rows;
  }

  /** @param {number} i @returns {Row|undefined} */
  row(i) { return this.parts.get(`run/${i}`); }

  /**
   * What a run has in a column.
   * @param {number} i
   * @param {string} column
   */
  cell(i, column) {
    const at = this.columns.findIndex((c) => c.name === column);
    return at < 0 ? null : this.row(i)?.[at + 1] ?? null;
  }

  /** @param {number} i */
  nameOf(i) { return String(this.cell(i, "run") ?? `run ${i}`); }

  /** @param {string} name @returns {Axis|undefined} */
  axis(name) { return this.sweep.axes.find((a) => a.name === name); }

  /**
   * What curves can be sorted by: the axes, and the arms.
   * @returns {Axis[]}
   */
  get groups() {
    const { axes, arms } = this.sweep;
    return arms.length > 1 ? [...axes, { name: "arm", values: arms, numeric: false }] : axes;
  }

  /** The axis that lines are told apart by, as it is shown. */
  get by() { return this.layout.by; }
}
