// The image, its circles, zoom and pan. Points are in pixels of the image, from its corner.

const SVG = "http://www.w3.org/2000/svg";
const CLICK_PX = 4;
const LARGEST_SCALE = 64;

export class Stage {
  // `handlers`: add(x, y), choose(index, typing), move(index, x, y), zoomed().
  constructor(root, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.svg = root.querySelector("#drawing");
    this.world = root.querySelector("#world");
    this.picture = root.querySelector("#picture");
    this.marks = root.querySelector("#marks");
    this.theirs = root.querySelector("#theirs");
    this.size = { width: 1, height: 1 };
    this.scale = 1;
    this.offset = { x: 0, y: 0 };
    this.pointers = new Map();
    this.drag = null;
    this.shown = { points: [], chosen: null, theirs: [], proposed: false };
    this.svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.svg.addEventListener("pointerdown", (event) => this.#press(event));
    this.svg.addEventListener("pointermove", (event) => this.#move(event));
    this.svg.addEventListener("pointerup", (event) => this.#release(event));
    this.svg.addEventListener("pointercancel", (event) => this.#cancel(event));
    new ResizeObserver(() => (this.fitted ? this.fit() : this.#place())).observe(root);
  }

  open(address, width, height) {
    this.size = { width, height };
    this.picture.setAttribute("href", address);
    this.picture.setAttribute("width", width);
    this.picture.setAttribute("height", height);
    this.drag = null;
    this.fit();
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.root;
    const scale = Math.min((0.94 * width) / this.size.width, (0.8 * height) / this.size.height, 12);
    this.scale = scale > 2 ? Math.floor(scale * 2) / 2 : Math.max(scale, 0.01);
    this.offset.x = (width - this.size.width * this.scale) / 2;
    this.offset.y = (height - this.size.height * this.scale) / 2;
    this.fitted = true;
    this.#place();
  }

  // Zooms by a factor, the place (x, y) of the window staying where it is; its middle if not given.
  zoom(factor, x = this.root.clientWidth / 2, y = this.root.clientHeight / 2) {
    const scale = Math.min(LARGEST_SCALE, Math.max(0.05, this.scale * factor));
    this.offset.x = x - ((x - this.offset.x) * scale) / this.scale;
    this.offset.y = y - ((y - this.offset.y) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.#place();
  }

  draw(points, chosen, proposed, theirs = []) {
    this.shown = { points, chosen, theirs, proposed };
    this.#place();
  }

  // Where a point is in the window's own pixels, from the stage's corner.
  locate(point) {
    return { x: point.x * this.scale + this.offset.x, y: point.y * this.scale + this.offset.y };
  }

  #find(event) {
    const box = this.svg.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #toImage(place) {
    const x = (place.x - this.offset.x) / this.scale;
    const y = (place.y - this.offset.y) / this.scale;
    return this.clamp(x, y);
  }

  clamp(x, y) {
    const round = (value) => Math.round(value * 100) / 100;
    return { x: round(Math.min(this.size.width, Math.max(0, x))), y: round(Math.min(this.size.height, Math.max(0, y))) };
  }

  #place() {
    this.world.setAttribute("transform", `translate(${this.offset.x} ${this.offset.y}) scale(${this.scale})`);
    this.picture.style.imageRendering = this.scale >= 3 ? "pixelated" : "auto";
    const { points, chosen, theirs, proposed } = this.shown;
    const radius = this.#findRadius(points);
    while (this.marks.childElementCount > points.length) this.marks.lastChild.remove();
    points.forEach((point, i) => this.#drawMark(this.marks, i, point, radius, i === chosen, proposed));
    this.theirs.replaceChildren();
    theirs.forEach((point, i) => this.#drawMark(this.theirs, i, point, radius, false, false));
  }

  #findRadius(points) {
    const xs = points.map((point) => point.x).sort((a, b) => a - b);
    const gaps = xs.slice(1).map((x, i) => (x - xs[i]) * this.scale);
    return Math.max(7, Math.min(16, 0.4 * Math.min(...gaps, 60)));
  }

  #drawMark(group, index, point, radius, chosen, proposed) {
    let mark = group.children[index];
    if (!mark) {
      mark = document.createElementNS(SVG, "g");
      for (const part of ["halo", "ring", "dot"]) {
        const circle = document.createElementNS(SVG, "circle");
        circle.setAttribute("class", part);
        mark.append(circle);
      }
      mark.append(document.createElementNS(SVG, "text"));
      group.append(mark);
    }
    const { x, y } = this.locate(point);
    mark.setAttribute("transform", `translate(${x} ${y})`);
    const doubtful = point.score !== undefined && point.score < 0.5;
    const states = { chosen, proposed, doubtful, empty: !point.label };
    mark.setAttribute("class", ["mark", ...Object.keys(states).filter((key) => states[key])].join(" "));
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", `${point.label || "no letter"} at ${point.x}, ${point.y}`);
    mark.dataset.index = index;
    const [halo, ring, dot, letter] = mark.children;
    halo.setAttribute("r", radius);
    ring.setAttribute("r", radius);
    dot.setAttribute("r", 2);
    letter.textContent = point.label || "?";
    letter.setAttribute("y", -radius - 8);
  }

  #wheel(event) {
    event.preventDefault();
    const { x, y } = this.#find(event);
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
  }

  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    const place = this.#find(event);
    this.pointers.set(event.pointerId, place);
    if (this.pointers.size === 2) {
      this.#abandon();
      this.drag = { kind: "pinch" };
      return;
    }
    const mark = event.target.closest("#marks .mark");
    const index = mark ? Number(mark.dataset.index) : null;
    const point = mark ? this.shown.points[index] : null;
    this.drag = { kind: mark ? "mark" : "ground", index, point, from: place, offset: { ...this.offset }, moved: false };
  }

  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.drag) return;
    const place = this.#find(event);
    if (this.drag.kind === "pinch") {
      this.#pinch(event.pointerId, before, place);
      return;
    }
    const { from, kind } = this.drag;
    const across = place.x - from.x;
    const down = place.y - from.y;
    if (Math.hypot(across, down) > CLICK_PX) this.drag.moved = true;
    if (!this.drag.moved) return;
    if (kind === "ground") {
      this.offset = { x: this.drag.offset.x + across, y: this.drag.offset.y + down };
      this.fitted = false;
      this.#place();
    } else {
      this.drag.to = this.clamp(this.drag.point.x + across / this.scale, this.drag.point.y + down / this.scale);
      const mark = this.marks.children[this.drag.index];
      if (mark) {
        const shown = this.locate(this.drag.to);
        mark.setAttribute("transform", `translate(${shown.x} ${shown.y})`);
      }
    }
  }

  #pinch(id, before, place) {
    const other = [...this.pointers].find(([key]) => key !== id);
    this.pointers.set(id, place);
    if (!other) return;
    const span = (one) => Math.max(10, Math.hypot(one.x - other[1].x, one.y - other[1].y));
    this.offset.x += (place.x - before.x) / 2;
    this.offset.y += (place.y - before.y) / 2;
    this.zoom(span(place) / span(before), (place.x + other[1].x) / 2, (place.y + other[1].y) / 2);
  }

  #release(event) {
    if (!this.pointers.delete(event.pointerId) || !this.drag) return;
    const drag = this.drag;
    if (drag.kind === "pinch") {
      if (!this.pointers.size) this.drag = null;
      return;
    }
    this.drag = null;
    if (drag.kind === "mark" && drag.moved) this.handlers.move(drag.index, drag.to.x, drag.to.y);
    else if (drag.kind === "mark") this.handlers.choose(drag.index);
    else if (!drag.moved) this.#click(drag.from);
  }

  #click(place) {
    const x = (place.x - this.offset.x) / this.scale;
    const y = (place.y - this.offset.y) / this.scale;
    const inside = x >= 0 && y >= 0 && x <= this.size.width && y <= this.size.height;
    if (inside) this.handlers.add(...Object.values(this.#toImage(place)));
    else this.handlers.choose(null);
  }

  #cancel(event) {
    this.pointers.delete(event.pointerId);
    this.#abandon();
  }

  #abandon() {
    this.drag = null;
    this.#place();
  }
}
