// What pages are put together from.

import { corners } from "./marks.js";

/**
 * Makes an element. A property that begins with "on" is a listener; "class", "for" and all
 * with a dash are attributes; the others are properties.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "for" || name === "role" || name.includes("-")) node.setAttribute(name, String(value));
    else Reflect.set(node, name, value);
  }
  append(node, ...children);
  return node;
}

/**
 * Appends children to a node; those that are nothing are left out.
 * @param {Node} node
 * @param {...(Node|string|number|null|undefined|false)} children
 */
export function append(node, ...children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Gives a node other children. Where one of the old ones had the focus, the one that takes
 * its place has it.
 * @param {Element} node
 * @param {...(Node|string|number|null|undefined|false)} children
 */
export function fill(node, ...children) {
  const held = document.activeElement;
  const place = held && held !== node && node.contains(held) ? identity(held) : "";
  node.textContent = "";
  append(node, ...children);
  if (!place) return;
  for (const e of node.querySelectorAll("a, button, input, select, summary, [tabindex]")) {
    if (identity(e) === place) return /** @type {HTMLElement} */ (e).focus({ preventScroll: true });
  }
}

/** What an element goes by, among those that are there at one time. @param {Element} e */
const identity = (e) => `${e.tagName} ${e.getAttribute("aria-label") ?? (e.closest("label") ?? e).textContent}`;

/**
 * A choice of one value, with its label.
 * @param {string} label
 * @param {{value: string, text: string}[]} options
 * @param {string} value
 * @param {(value: string) => void} chosen
 */
export function choice(label, options, value, chosen) {
  const select = el("select", { onchange: () => chosen(select.value) });
  for (const o of options) select.append(el("option", { value: o.value, selected: o.value === value }, o.text));
  return el("label", { class: "field" }, el("span", {}, label), select);
}

/**
 * A button that is pressed or not.
 * @param {string} label
 * @param {boolean} on
 * @param {(on: boolean) => void} turned
 * @param {string} [title]
 */
export function toggle(label, on, turned, title) {
  const button = el("button", { type: "button", class: "toggle", "aria-pressed": String(on), title, onclick: () => turned(!on) }, label);
  return button;
}

/**
 * A figure in a card: its title, with what changes it beside, and what it is made of.
 * @param {HTMLElement} title
 * @param {HTMLElement} controls
 * @param {...Node} parts
 */
export const figure = (title, controls, ...parts) => el("figure", { class: "card" }, el("figcaption", { class: "caption-row" }, title, controls), ...parts);

/** Whether the focus came by the keyboard. @param {FocusEvent} e */
export const seenFocus = (e) => /** @type {Element} */ (e.target).matches(":focus-visible");

/**
 * What tells a line in a legend: its colour, dashes and marker.
 * @param {string} color
 * @param {import("./marks.js").Form} form
 */
export function swatch(color, form) {
  const shape = corners[form.marker];
  const marker = shape ? `<polygon points="${shape.map(([x, y]) => `${16 + 4 * x},${7 + 4 * y}`).join(" ")}"/>` : '<circle cx="16" cy="7" r="3.5"/>';
  const mark = el("span", { class: "swatch", "aria-hidden": "true" });
  mark.innerHTML = `<svg width="32" height="14"><path d="M0 7H32" stroke="currentColor" stroke-width="2.5" stroke-dasharray="${form.dash.join(" ")}"/><g fill="currentColor">${marker}</g></svg>`;
  mark.style.color = color;
  return mark;
}

/**
 * A text that a person copies.
 * @param {string} text
 * @param {string} what it is, as a screen reader says it
 */
export function copyable(text, what) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
      done = false;
    }
    button.textContent = done ? "Copied" : "Selected";
    say(done ? `Copied ${what}` : `Press Ctrl+C to copy ${what}`);
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const code = el("code", {}, text);
  return el("div", { class: "copyable" }, code, button);
}

/**
 * Has screen readers say a text.
 * @param {string} text
 */
export function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}

/**
 * A table for those who do not see a chart, behind it.
 * @param {string} caption
 * @param {string[]} head
 * @param {(string|number)[][]} rows
 * @param {number} [most] rows that are shown
 */
export function dataTable(caption, head, rows, most = 500) {
  const table = el("table", {}, el("caption", {}, rows.length > most ? `${caption}; the first ${most} of ${rows.length} rows` : caption));
  table.append(el("thead", {}, el("tr", {}, ...head.map((h) => el("th", { scope: "col" }, h)))));
  const body = el("tbody");
  for (const row of rows.slice(0, most)) body.append(el("tr", {}, ...row.map((c) => el("td", {}, c))));
  table.append(body);
  return table;
}

/**
 * A table behind a chart, which is put together when it is opened.
 * @param {() => HTMLElement} table
 */
export function behind(table) {
  const details = el("details", { class: "behind" }, el("summary", {}, "Data as a table"));
  const box = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "data of the chart" });
  details.append(box);
  details.addEventListener("toggle", () => { if (details.open) fill(box, table()); });
  return { node: details, update: () => { if (details.open) fill(box, table()); } };
}
