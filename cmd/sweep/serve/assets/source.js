// Where a page has its data from: a server, or a script that lies beside it.

/**
 * What changed of a sweep: see boardMessage.
 * @typedef {{version: string, trouble: string, whole: boolean, parts: Record<string, any>}} Message
 */

/** The data of pages that were written as files. */
const files = /** @type {Record<string, string>|undefined} */ (Reflect.get(globalThis, "sweepFiles"));

/** Whether the page was written as a file. */
export const isStatic = files !== undefined;

const path = document.body.dataset.path ?? "";

/**
 * What is given in a query, in order.
 * @param {Record<string, string|number|undefined>} query
 */
function given(query) {
  return Object.keys(query).sort().flatMap((name) => (query[name] === undefined || query[name] === "" ? [] : [[name, String(query[name])]]));
}

/**
 * @param {string} what
 * @param {Record<string, string|number|undefined>} query
 */
function place(what, query) {
  const text = new URLSearchParams(given(query)).toString();
  return text ? `${what}?${text}` : what;
}

/**
 * What pages that are files have for a query.
 * @param {Record<string, string>} all
 * @param {string} what
 * @param {Record<string, string|number|undefined>} query
 */
function fileOf(all, what, query) {
  const text = [what, ...given(query).map(([name, value]) => `${name}=${value}`)].join("&");
  const file = all[text];
  if (file === undefined) throw new Error("these pages are files: for this they have to be served, with sweep serve");
  return Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
}

/**
 * @param {string} at
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
async function ask(at, signal) {
  const answer = await fetch(`${path}/${at}`, { signal });
  if (!answer.ok) {
    let text = `${answer.status} ${answer.statusText}`;
    try {
      text = (await answer.json()).error ?? text;
    } catch { /* it was no JSON */ }
    throw new Error(text);
  }
  return answer;
}

/**
 * Gets what is JSON.
 * @param {string} what
 * @param {Record<string, string|number|undefined>} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(what, query = {}, signal) {
  if (files) return JSON.parse(new TextDecoder().decode(fileOf(files, what, query)));
  return (await ask(place(what, query), signal)).json();
}

/**
 * Gets numbers.
 * @param {string} what
 * @param {Record<string, string|number|undefined>} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
export async function getBytes(what, query, signal) {
  if (files) return fileOf(files, what, query).buffer;
  return (await ask(place(what, query), signal)).arrayBuffer();
}

/**
 * Writes a note.
 * @param {{run: string, text: string, tags: string[]}} note
 */
export async function writeNote(note) {
  const answer = await fetch(`${path}/note`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(note) });
  if (!answer.ok) throw new Error((await answer.json()).error ?? answer.statusText);
}

/**
 * Follows a sweep while the page is seen: a page in the background costs nothing, and when
 * it comes back it is sent what it has missed.
 */
export class Stream {
  /**
   * @param {(m: Message) => void} take
   * @param {(connected: boolean) => void} connected
   */
  constructor(take, connected) {
    this.take = take;
    this.connected = connected;
    this.version = "";
    this.query = "";
    /** @type {EventSource|null} */
    this.source = null;
    if (!isStatic) document.addEventListener("visibilitychange", () => this.turn());
  }

  /**
   * Follows what a query selects.
   * @param {Record<string, string>} query
   * @param {string} version what the page has of it
   */
  follow(query, version) {
    this.stop();
    this.query = place("events", query);
    this.version = version;
    this.turn();
  }

  turn() {
    if (isStatic || !this.query) return;
    if (document.visibilityState === "hidden") {
      this.stop();
      return;
    }
    if (this.source) return;
    const source = new EventSource(`${path}/${this.query}&since=${encodeURIComponent(this.version)}`);
    source.onmessage = (event) => {
      const m = /** @type {Message} */ (JSON.parse(event.data));
      this.version = m.version;
      this.connected(true);
      this.take(m);
    };
    source.onerror = () => {
      this.connected(false);
      if (source.readyState === EventSource.CLOSED) { // it does not try again by itself
        this.stop();
        setTimeout(() => this.turn(), 3000);
      }
    };
    this.source = source;
  }

  stop() {
    this.source?.close();
    this.source = null;
  }
}
