// Lines on a canvas: each as one path and, where they are many, on a canvas of their own that
// is drawn once, some of them at a time.

import { isPrinting } from "./theme.js";

/** @typedef {import("./chart.js").Line} Line */
/** @typedef {import("./scale.js").Scale} Scale */

/** How far, in pixels, what is drawn may lie from a point that is left out. */
const near = 0.2;
/** How many points are drawn before the page answers to what else there is to do. */
const share = 80_000;
/** Of more lines each is at most a dot wide: wider ones take ten times as long. */
export const crowd = 200;
/** Of more lines a first picture has a quarter of the columns. */
export const mass = 500;
/** More lines have less than one value to tell apart in a few columns of pixels. */
export const throng = 3000;

/**
 * Strokes a line. Points that lie on the way between others are left out.
 * @param {CanvasRenderingContext2D} c
 * @param {Line} line
 * @param {Scale} sx
 * @param {Scale} sy
 * @param {number} [widest]
 */
export function strokeLine(c, line, sx, sy, widest = Infinity) {
  const { x, y } = line;
  const n = x.length;
  let pen = false;
  let held = false; // whether (px, py) is still to be drawn
  let px = 0;
  let py = 0;
  let ax = 0; // the last point that was drawn
  let ay = 0;
  let low = 0; // slopes from there that pass near all points since
  let high = 0;
  c.beginPath();
  for (let i = 0; i < n; i++) {
    const v = y[i];
    if (v - v !== 0) {
      if (held) c.lineTo(px, py);
      pen = held = false;
      continue;
    }
    const nx = sx.at(x[i]);
    const ny = sy.at(v);
    if (!pen) {
      c.moveTo(nx, ny);
      ax = nx;
      ay = ny;
      low = -Infinity;
      high = Infinity;
    } else if (held) {
      const slope = (ny - ay) / (nx - ax);
      if (!(slope >= low && slope <= high)) {
        c.lineTo(px, py);
        ax = px;
        ay = py;
        low = -Infinity;
        high = Infinity;
      }
    }
    held = pen;
    pen = true;
    px = nx;
    py = ny;
    const d = nx - ax;
    if (d > 0) {
      const down = (ny - near - ay) / d;
      const up = (ny + near - ay) / d;
      if (down > low) low = down;
      if (up < high) high = up;
    } else if (held) {
      low = Infinity; // straight up or down: no other slope passes near
    }
  }
  if (held) c.lineTo(px, py);
  c.strokeStyle = line.color;
  c.lineWidth = Math.min(line.width ?? 1.5, widest);
  c.lineJoin = "round";
  c.setLineDash(line.dash ?? []);
  c.stroke();
  c.setLineDash([]);
}

/** @type {(() => void)[]} what is to be done soon, in order */
const waiting = [];
const turns = new MessageChannel();
turns.port1.onmessage = () => waiting.shift()?.();

/**
 * Does something once the page has answered to what else there is to do: as setTimeout does, which
 * after some turns waits 4 ms for each.
 * @param {() => void} something
 */
function soon(something) {
  waiting.push(something);
  turns.port2.postMessage(null);
}

/**
 * Where lines are drawn, and on how many dots for each pixel of the page.
 * @typedef {{width: number, height: number, across: number, down: number, x: Scale, y: Scale}} Place
 */

/** Lines that are kept as they were drawn. */
export class Backdrop {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.probe = document.createElement("canvas").getContext("2d");
    /** @type {Line[]} */
    this.lines = [];
    this.key = "";
    this.turn = 0;
    this.ready = true;
    this.then = () => {};
  }

  /**
   * Draws lines where they are not drawn already, and then does something: at once where they
   * are few. What was to be done after others is not.
   * @param {Line[]} lines
   * @param {Place} place
   * @param {() => void} then
   */
  draw(lines, place, then) {
    const key = JSON.stringify(place);
    this.then = then;
    if (lines === this.lines && key === this.key) {
      if (this.ready) then();
      return;
    }
    this.lines = lines;
    this.key = key;
    this.ready = lines.length === 0;
    const turn = ++this.turn;
    if (this.ready) return then();
    const { canvas } = this;
    canvas.width = Math.round(place.width * place.across);
    canvas.height = Math.round(place.height * place.down);
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    c.scale(place.across, place.down);
    const most = isPrinting() ? Infinity : share;
    const widest = isPrinting() || lines.length <= crowd ? Infinity : 1 / place.down;
    let i = 0;
    const some = () => {
      if (turn !== this.turn) return;
      for (let points = 0; i < lines.length && points < most; i++) {
        strokeLine(c, lines[i], place.x, place.y, widest);
        points += lines[i].x.length;
      }
      if (i < lines.length) {
        this.probe?.drawImage(canvas, 0, 0, 1, 1); // so that it is drawn now, and not all of it in the end
        soon(some);
        return;
      }
      this.ready = true;
      this.then();
    };
    some();
  }
}
