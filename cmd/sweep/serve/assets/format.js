// Numbers as people read them.

/**
 * A number as it came in JSON: null where there is none, a text for NaN and infinities.
 * @typedef {number|string|null} Num
 */

/**
 * @param {Num|undefined} x
 * @returns {number} NaN where there is none
 */
export function num(x) {
  if (x === null || x === undefined) return NaN;
  return Number(x);
}

/**
 * A number with four digits that count.
 * @param {Num|undefined} x
 */
export function short(x) {
  if (x === null || x === undefined) return "–";
  const n = Number(x);
  if (Number.isNaN(n)) return typeof x === "string" && x !== "NaN" ? x : "NaN";
  if (!Number.isFinite(n)) return n > 0 ? "∞" : "−∞";
  if (n === 0) return "0";
  const size = Math.abs(n);
  if (size >= 1e6 || size < 1e-3) {
    const [digits, power] = n.toExponential(2).split("e");
    return `${digits.replace(/\.?0+$/, "")}e${Number(power)}`.replace("-", "−");
  }
  if (size >= 1000) return count(Math.round(n));
  return String(Number(n.toPrecision(4))).replace("-", "−");
}

/** Begins a sentence. @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A whole number with a comma before each three digits. @param {number} n */
export const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * A length of time.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (!(seconds >= 0)) return "unknown";
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${Math.round(seconds / 86400)} days`;
}

/**
 * A noun with its number.
 * @param {number} n
 * @param {string} noun
 */
export const counted = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
