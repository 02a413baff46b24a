// Marks that tell values apart beside their colours: values that are no numbers have no order
// that light and dark could follow, and not everybody sees the colours.

/** @typedef {{dash: number[], marker: string}} Form */

/** Corners of markers about their middle, for a radius of 1; a marker without any is round. @type {Record<string, [number, number][]>} */
export const corners = {
  up: [[-1, 0.7], [1, 0.7], [0, -1]],
  down: [[-1, -0.7], [1, -0.7], [0, 1]],
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  right: [[-0.8, -1.1], [1.2, 0], [-0.8, 1.1]],
};

// So many colours, dashes and markers that a value shares all three with the 140th after it.
const dashes = [[], [8, 3], [3, 2], [10, 3, 2, 3], [6, 2, 2, 2, 2, 2]];
const markers = ["dot", "square", "diamond", "right"];

/**
 * How the i-th of several values is drawn. Numbers have the order of their colours.
 * @param {number} i
 * @param {boolean} numeric
 * @returns {Form}
 */
export function formOf(i, numeric) {
  return numeric ? { dash: [], marker: "dot" } : { dash: dashes[i % dashes.length], marker: markers[i % markers.length] };
}

/**
 * Places along a line at which a marker tells whose it is: a few, and others for each line.
 * @param {number} length of the line
 * @param {number} i the place of the line
 */
export function marked(length, i) {
  const apart = Math.max(1, Math.floor(length / 6));
  const all = [];
  for (let k = Math.floor((apart * (1 + i % 5)) / 6); k < length; k += apart) all.push(k);
  return all;
}
