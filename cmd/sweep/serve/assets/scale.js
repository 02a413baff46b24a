// Axes: where a number lies, and which numbers are written beside it.

import { short } from "./format.js";

/** An axis from low to high, linear or logarithmic. */
export class Scale {
  /**
   * @param {number} low
   * @param {number} high
   * @param {boolean} log
   */
  constructor(low, high, log) {
    this.log = log && low > 0;
    this.low = low;
    this.high = high > low ? high : low + (Math.abs(low) || 1) * 0.1;
    this.a = this.log ? Math.log(this.low) : this.low;
    this.b = this.log ? Math.log(this.high) : this.high;
    this.from = 0;
    this.to = 1;
    this.k = 1 / (this.b - this.a); // pixels for each unit
  }

  /**
   * Places the axis on pixels.
   * @param {number} from
   * @param {number} to
   */
  on(from, to) {
    this.from = from;
    this.to = to;
    this.k = (to - from) / (this.b - this.a);
    return this;
  }

  /** @param {number} x @returns {number} its pixel */
  at(x) {
    const u = this.log ? Math.log(Math.max(x, 1e-300)) : x;
    return this.from + (u - this.a) * this.k;
  }

  /** @param {number} pixel @returns {number} what lies there */
  back(pixel) {
    const u = this.a + ((pixel - this.from) / (this.to - this.from)) * (this.b - this.a);
    return this.log ? Math.exp(u) : u;
  }

  /**
   * The numbers that are written, about so many.
   * @param {number} wanted
   * @returns {{at: number, text: string}[]}
   */
  ticks(wanted) {
    return (this.log && this.high / this.low > 3 ? this.logTicks(wanted) : this.evenTicks(wanted)).map((at) => ({ at, text: short(at) }));
  }

  /** @param {number} wanted */
  evenTicks(wanted) {
    const rough = (this.high - this.low) / Math.max(1, wanted);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? 10 * power;
    const ticks = [];
    for (let k = Math.ceil(this.low / step - 1e-9); k * step <= this.high + step * 1e-9; k++) ticks.push(Number((k * step).toPrecision(12)));
    return ticks;
  }

  /** @param {number} wanted */
  logTicks(wanted) {
    const decades = Math.log10(this.high / this.low);
    const multiples = decades * 3 <= wanted ? [1, 2, 5] : decades * 2 <= wanted ? [1, 3] : [1];
    const skip = Math.max(1, Math.ceil(decades / Math.max(1, wanted)));
    const ticks = [];
    for (let p = Math.floor(Math.log10(this.low)); p <= Math.ceil(Math.log10(this.high)); p++) {
      if (p % skip !== 0) continue;
      for (const m of multiples) {
        const x = m * 10 ** p;
        if (x >= this.low * 0.999999 && x <= this.high * 1.000001) ticks.push(Number(x.toPrecision(6)));
      }
    }
    return ticks;
  }
}

/**
 * The range of numbers, a little wider; those that are not finite do not count.
 * @param {ArrayLike<number>} numbers
 * @param {boolean} log
 */
export const extent = (numbers, log) => extentOf([numbers], log);

/**
 * The range of several lists of numbers, likewise.
 * @param {ArrayLike<number>[]} all
 * @param {boolean} log
 * @returns {[number, number]}
 */
export function extentOf(all, log) {
  let low = Infinity;
  let high = -Infinity;
  const least = log ? 0 : -Infinity;
  for (const numbers of all) {
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i];
      if (!(x > least && x < Infinity)) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  if (!(high >= low)) return log ? [0.1, 10] : [0, 1];
  return widened(low, high, log, 0.05);
}

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {number} by
 * @returns {[number, number]}
 */
export function widened(low, high, log, by) {
  if (log) {
    const f = high > low ? (high / low) ** by : 1.25;
    return [low / f, high * f];
  }
  const d = high > low ? (high - low) * by : Math.abs(high) * 0.1 || 1;
  return [low - d, high + d];
}
