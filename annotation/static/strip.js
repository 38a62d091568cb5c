// The row of thumbnails: only those in sight are there, whatever the number of images.

import { findThumbnail, listImages } from "./requests.js";

const ITEM_PX = 128;
const CHUNK = 50;
const MOST_CHUNKS = 12;

export class Strip {
  // `open(name)` is called where a thumbnail is chosen; `count(total)` when the number of images is known.
  constructor(root, open, count) {
    this.root = root;
    this.film = root.querySelector("#film");
    this.open = open;
    this.count = count;
    this.view = {};
    this.total = 0;
    this.chunks = new Map();
    this.current = null;
    this.place = null; // of the current image in the view
    this.round = 0;
    root.addEventListener("scroll", () => this.#plan(), { passive: true });
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => this.#plan()).observe(root);
  }

  // Shows a view anew, keeping its place.
  async refresh(view) {
    this.view = view;
    this.round += 1;
    const round = this.round;
    const first = this.#findRange()[0];
    const start = Math.floor(first / CHUNK) * CHUNK;
    const current = this.current;
    const chunk = await listImages(view, start, CHUNK, current).catch(() => null);
    if (!chunk || round !== this.round) return;
    if (current === this.current) this.place = chunk.place;
    this.chunks.clear();
    this.chunks.set(start, chunk.items);
    this.#setTotal(chunk.total);
    this.#plan();
  }

  // Brings the image at `place` of the view into sight.
  show(name, place) {
    this.current = name;
    this.place = place;
    if (place !== null) {
      const left = place * ITEM_PX;
      const { scrollLeft, clientWidth } = this.root;
      if (left < scrollLeft + ITEM_PX || left + 2 * ITEM_PX > scrollLeft + clientWidth) {
        this.root.scrollLeft = Math.max(0, left - clientWidth / 2 + ITEM_PX / 2);
      }
    }
    this.#plan();
  }

  #setTotal(total) {
    this.total = total;
    this.film.style.width = `${total * ITEM_PX}px`;
    this.count(total);
  }

  #wheel(event) {
    if (event.deltaX || event.ctrlKey) return;
    event.preventDefault();
    this.root.scrollLeft += event.deltaY;
  }

  #findRange() {
    const first = Math.max(0, Math.floor(this.root.scrollLeft / ITEM_PX) - 2);
    const last = Math.min(this.total, Math.ceil((this.root.scrollLeft + this.root.clientWidth) / ITEM_PX) + 2);
    return [first, last];
  }

  #plan() {
    if (this.planned) return;
    this.planned = requestAnimationFrame(() => {
      this.planned = null;
      this.#draw();
    });
  }

  #draw() {
    const [first, last] = this.#findRange();
    const items = [];
    for (let place = first; place < last; place++) {
      const start = Math.floor(place / CHUNK) * CHUNK;
      const chunk = this.chunks.get(start);
      if (!chunk) this.#fetch(start);
      else if (chunk[place - start]) items.push([place, chunk[place - start]]);
    }
    const wanted = new Map(items.map(([place, item]) => [`${place} ${item.name}`, [place, item]]));
    for (const node of [...this.film.children]) {
      if (!wanted.has(node.dataset.key)) node.remove();
    }
    const there = new Map([...this.film.children].map((node) => [node.dataset.key, node]));
    for (const [key, [place, item]] of wanted) {
      const node = there.get(key) || this.film.appendChild(this.#make(key, place, item));
      this.#mark(node, item);
    }
  }

  #make(key, place, item) {
    const node = document.createElement("button");
    node.type = "button";
    node.tabIndex = -1;
    node.dataset.key = key;
    node.setAttribute("role", "option");
    node.style.left = `${place * ITEM_PX}px`;
    const picture = document.createElement("img");
    picture.src = findThumbnail(item);
    picture.alt = "";
    const line = document.createElement("bdi");
    node.append(picture, line);
    node.title = item.name;
    node.addEventListener("click", () => this.open(item.name));
    return node;
  }

  #mark(node, item) {
    node.querySelector("bdi").textContent = item.text || item.name;
    node.classList.toggle("done", item.done);
    node.classList.toggle("doubtful", !item.done && item.doubt !== null && item.doubt > 0.2);
    node.setAttribute("aria-label", `${item.name}${item.text ? `, ${item.text}` : ""}${item.done ? ", done" : ""}`);
    node.setAttribute("aria-selected", String(item.name === this.current));
  }

  async #fetch(start) {
    const round = this.round;
    this.chunks.set(start, []);
    const chunk = await listImages(this.view, start, CHUNK, this.current).catch(() => null);
    if (round !== this.round) return;
    if (!chunk) {
      this.chunks.delete(start);
      return;
    }
    this.chunks.delete(start);
    this.chunks.set(start, chunk.items);
    if (this.chunks.size > MOST_CHUNKS) this.chunks.delete(this.chunks.keys().next().value);
    if (chunk.total !== this.total) this.#setTotal(chunk.total);
    this.#plan();
  }
}
