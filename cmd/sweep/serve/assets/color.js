// Colours of values, as the figures of `sweep plot` have them.

import { isDark } from "./theme.js";

/** @typedef {[number, number, number]} RGB */

/** @type {RGB[]} dark to light, as numbers rise */
const sequenceLight = [[68, 1, 84], [59, 82, 139], [33, 128, 131], [116, 150, 18]];
/** @type {RGB[]} */
const sequenceDark = [[208, 140, 235], [133, 164, 240], [75, 196, 190], [190, 222, 84]];
/** @type {RGB[]} of Okabe and Ito, darkened until they stand out from white */
const huesLight = [[0, 114, 178], [213, 94, 0], [0, 128, 96], [176, 80, 132], [150, 104, 0], [104, 78, 200], [40, 40, 40]];
/** @type {RGB[]} */
const huesDark = [[86, 180, 233], [255, 130, 70], [64, 200, 155], [230, 150, 195], [230, 190, 50], [176, 160, 255], [220, 220, 220]];
/** @type {RGB[]} of areas */
const shades = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [190, 222, 70]];

/**
 * @param {RGB[]} stops
 * @param {number} t from 0 to 1
 * @returns {RGB}
 */
function between(stops, t) {
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const f = at - i;
  const mix = (/** @type {number} */ k) => Math.round(stops[i][k] + f * (stops[i + 1][k] - stops[i][k]));
  return [mix(0), mix(1), mix(2)];
}

/**
 * The colour of the i-th of n values.
 * @param {number} i
 * @param {number} n
 * @param {boolean} numeric
 * @returns {RGB}
 */
export function colorOf(i, n, numeric) {
  const dark = isDark();
  if (numeric) return between(dark ? sequenceDark : sequenceLight, n > 1 ? i / (n - 1) : 0.4);
  const hues = dark ? huesDark : huesLight;
  return hues[i % hues.length];
}

/**
 * The colour of an area.
 * @param {number} t from 0 to 1
 * @returns {RGB}
 */
export const shade = (t) => between(shades, t);

/**
 * @param {RGB} c
 * @param {number} [alpha]
 */
export const css = (c, alpha = 1) => `rgba(${c[0]}, ${c[1]}, ${c[2]}, ${alpha})`;

/**
 * A colour of the style sheet.
 * @param {string} name
 */
export const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {RGB} c @returns {boolean} whether black is read better on it than white */
export const isLight = (c) => 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] > 140;
