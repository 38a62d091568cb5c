// The states of one image, oldest first, and the changes that lead from one to the next. States are never altered.

import { findOrder } from "./reading_order.js";

const sortPoints = (points) => points.slice().sort((a, b) => a.x - b.x);

export class History {
  constructor(state) {
    this.states = [state];
    this.at = 0;
  }

  get state() {
    return this.states[this.at];
  }

  push(state) {
    this.states.length = this.at + 1;
    this.states.push(state);
    this.at += 1;
  }

  // Returns whether there was one.
  move(by) {
    const there = this.at + by >= 0 && this.at + by < this.states.length;
    if (there) this.at += by;
    return there;
  }
}

// A string's characters from left to right, as an image shows them.
export function showFromLeft(text) {
  const characters = [...text.normalize("NFC")];
  return findOrder(characters).map((i) => characters[i]);
}

// Letters come from the stated string while a person has typed none: the n-th from the left is its n-th.
export function addPoint(state, x, y, stated) {
  const points = sortPoints([...state.points, { label: "", x, y, extra: "", free: true }]);
  const letters = showFromLeft(stated || "");
  if (points.every((point) => point.free) && points.length <= letters.length) {
    points.forEach((point, i) => (points[i] = { ...point, label: letters[i] }));
  }
  return { ...state, points };
}

export function movePoint(state, index, x, y) {
  const points = state.points.slice();
  points[index] = { ...points[index], x, y };
  return { ...state, points };
}

export function setLetter(state, index, label) {
  const points = state.points.slice();
  points[index] = { ...points[index], label, free: false };
  return { ...state, points };
}

export function removePoint(state, index) {
  const points = state.points.filter((_, i) => i !== index);
  return { ...state, points, done: state.done && points.length > 0 };
}

// The same places with other letters, if there are as many.
export function relabel(state, text) {
  const letters = showFromLeft(text);
  if (!letters.length || letters.length !== state.points.length) return null;
  const points = sortPoints(state.points).map((point, i) => ({ ...point, label: letters[i], free: false }));
  return { ...state, points };
}

export const isComplete = (state) => state.points.length > 0 && state.points.every((point) => point.label);

// What is sent and kept: nothing of the page's own.
export const strip = (state) => ({
  points: state.points.map(({ label, x, y, extra }) => ({ label, x, y, extra: extra || "" })),
  done: state.done,
});

export const findFromLeft = (points) => points.map((_, i) => i).sort((a, b) => points[a].x - points[b].x);
