// Light and dark: what the system has, or what was chosen here.

// Each is asked for many times in a drawing.
const paper = matchMedia("print");
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is laid out for paper now. */
export const isPrinting = () => document.documentElement.classList.contains("printing") || paper.matches;

/** Whether the page is dark now. */
export function isDark() {
  if (isPrinting()) return false;
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : dark.matches;
}

/** How many dots of a drawing lie on a pixel of the page. */
export const density = () => (isPrinting() ? 3 : devicePixelRatio || 1);

/**
 * Lays the page out for paper before it is printed, as wide as a sheet and in light colours, has
 * it drawn so, and undoes it afterwards.
 * @param {() => void} draw
 */
export function watchPrinting(draw) {
  for (const [event, printing] of /** @type {const} */ ([["beforeprint", true], ["afterprint", false]])) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("printing", printing);
      draw();
    });
  }
}

/** @returns {string} "light", "dark" or "" for what the system has */
function chosen() {
  try {
    return localStorage.getItem("theme") ?? "";
  } catch {
    return ""; // a page may be kept from storing anything
  }
}

/** @param {string} theme */
function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const button = document.getElementById("theme");
  if (button) {
    const name = theme || "system";
    button.textContent = { light: "☀", dark: "☾", system: "◐" }[name] ?? "";
    button.setAttribute("aria-label", `Colours: ${name}. Change`);
    button.title = `Colours: ${name}`;
  }
}

/**
 * Has a button change the colours.
 * @param {() => void} changed
 */
export function watchTheme(changed) {
  apply(chosen());
  document.getElementById("theme")?.addEventListener("click", () => {
    const next = { "": "light", light: "dark", dark: "" }[chosen()] ?? "";
    try {
      localStorage.setItem("theme", next);
    } catch { /* it holds for this page alone */ }
    apply(next);
    changed();
  });
  dark.addEventListener("change", changed);
  paper.addEventListener("change", changed);
}

if (!document.body.dataset.path) watchTheme(() => {});
