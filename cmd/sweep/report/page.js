for (const box of document.querySelectorAll(".copy")) {
  const button = document.createElement("button");
  const name = box.dataset.copies;
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + name);
  button.addEventListener("click", async () => {
    const code = box.querySelector("code");
    let copied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Selected";
    button.setAttribute("aria-label", button.textContent + " " + name);
    document.getElementById("said").textContent = copied ? "Copied " + name : "Press Ctrl+C to copy " + name;
  });
  box.append(button);
}
// A picture keeps the form for a dark screen on paper, unless it is told of the change.
const dark = document.querySelectorAll("source");
addEventListener("beforeprint", () => dark.forEach((source) => { source.media = "not all"; }));
addEventListener("afterprint", () => dark.forEach((source) => { source.media = "screen and (prefers-color-scheme: dark)"; }));
