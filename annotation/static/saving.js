// Changes on their way to disk. Each is kept in this browser until the server has answered that it is there.

import { Refusal, save } from "./requests.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

export class Saver {
  // `report` is called whenever what is saved changes, with whether something new is on disk.
  constructor(folder, report) {
    this.report = report;
    this.revisions = new Map();
    this.pending = new Map();
    this.settled = 0; // changes that are on disk
    this.settledAt = new Map(); // by name, which of them was the last
    this.trouble = null;
    this.waitMs = FIRST_WAIT_MS;
    this.prefix = `annotation ${folder} `;
    this.tab = crypto.randomUUID();
    this.kept = true;
    navigator.locks?.request(this.#nameLock(this.tab), () => new Promise(() => {}));
    addEventListener("online", () => this.retry());
  }

  #nameLock(tab) {
    return `annotation-tab ${tab}`;
  }

  #makeKey(name) {
    return `${this.prefix}${this.tab} ${name}`;
  }

  // Takes over what closed tabs could not save.
  async adopt() {
    const held = await navigator.locks?.query();
    const open = new Set((held?.held || []).map((lock) => lock.name));
    for (const key of Object.keys(localStorage).filter((k) => k.startsWith(this.prefix))) {
      const [tab, ...rest] = key.slice(this.prefix.length).split(" ");
      const name = rest.join(" ");
      if (tab === this.tab || open.has(this.#nameLock(tab)) || this.pending.has(name)) continue;
      const { base, state } = JSON.parse(localStorage.getItem(key));
      this.pending.set(name, { base, state, sending: false, conflict: null, refused: null });
      this.#keep(name);
      localStorage.removeItem(key);
    }
    this.retry();
  }

  // What a change is made on, once the image was loaded. Changes on their way keep their own.
  know(name, revision) {
    if (!this.pending.has(name)) this.revisions.set(name, revision);
  }

  // Whether what the server said of an image, asked when so many changes were on disk, is out of date.
  isStale(name, settled) {
    return (this.settledAt.get(name) || 0) > settled;
  }

  change(name, state) {
    const before = this.pending.get(name);
    const base = before ? before.base : this.revisions.get(name) || "";
    const kept = { base, state, sending: before?.sending || false, conflict: before?.conflict || null, refused: null };
    this.pending.set(name, kept);
    this.#keep(name);
    if (!kept.conflict) this.#send(name);
    this.report(false);
  }

  keepMine(name) {
    const entry = this.pending.get(name);
    entry.base = entry.conflict.revision;
    entry.conflict = null;
    this.#keep(name);
    this.#send(name);
    this.report(false);
  }

  takeTheirs(name) {
    const theirs = this.pending.get(name).conflict;
    this.revisions.set(name, theirs.revision);
    this.#forget(name);
    this.report(false);
    return theirs;
  }

  retry() {
    clearTimeout(this.timer);
    for (const name of this.pending.keys()) this.#send(name);
  }

  #keep(name) {
    const { base, state } = this.pending.get(name);
    try {
      localStorage.setItem(this.#makeKey(name), JSON.stringify({ base, state }));
      this.kept = true;
    } catch {
      this.kept = false; // full: said beside the count, and leaving warns
    }
  }

  #forget(name) {
    this.pending.delete(name);
    localStorage.removeItem(this.#makeKey(name));
  }

  async #send(name) {
    const entry = this.pending.get(name);
    if (!entry || entry.sending || entry.conflict || entry.refused) return;
    entry.sending = true;
    const sent = entry.state;
    try {
      const answer = await save(name, entry.base, sent);
      this.#settle(name, sent, answer.revision);
      this.report(true);
    } catch (error) {
      this.pending.get(name).sending = false;
      this.#fail(name, sent, error);
      this.report(false);
    }
  }

  #settle(name, sent, revision) {
    this.trouble = null;
    this.waitMs = FIRST_WAIT_MS;
    this.revisions.set(name, revision);
    this.settled += 1;
    this.settledAt.set(name, this.settled);
    const now = this.pending.get(name);
    now.sending = false;
    now.base = revision;
    if (now.state === sent) {
      this.#forget(name);
    } else {
      this.#keep(name);
      this.#send(name);
    }
    if ([...this.pending.values()].some((other) => !other.sending)) this.retry();
  }

  #fail(name, sent, error) {
    const entry = this.pending.get(name);
    const status = error instanceof Refusal ? error.status : 0;
    if (status === 409) {
      entry.conflict = error.body;
      return;
    }
    if (status === 422 || status === 404) {
      if (entry.state === sent) entry.refused = error.message;
      else this.#send(name);
      return;
    }
    this.trouble = status === 401 ? "ended" : "retrying";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.retry(), this.waitMs);
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
  }
}
