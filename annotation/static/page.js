// The page: one image at a time, its history, the keys, and what is told about it.

import * as edit from "./editing.js";
import { Jobs } from "./jobs.js";
import { describeFolder, findPixels, propose, step } from "./requests.js";
import { Saver } from "./saving.js";
import { spell } from "./reading_order.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";

const find = (id) => document.getElementById(id);
const histories = new Map();
let saver;
let image = null; // what the server says of the image that is shown
let history = null;
let chosen = null; // the index of the chosen point
let typing = false; // whether letters go to the chosen point
let placing = null; // a string on its way to circles
let opening = 0;
let ahead = null; // the next image, asked for while this one is looked at

const stage = new Stage(find("stage"), {
  add: (x, y) => addPoint(x, y),
  choose: (index) => choose(index, true),
  move: (index, x, y) => {
    change(edit.movePoint(history.state, index, x, y));
    choose(index, false);
  },
});
const strip = new Strip(find("strip"), (name) => open(name, 0), (total) => {
  find("total").textContent = total === 1 ? "1 image" : `${total.toLocaleString("en")} images`;
  showPlace();
});

const jobs = new Jobs(
  () => strip.refresh(findView()),
  () => reopen((state) => state.proposed),
);

// Shows the image as it is now proposed or on disk, unless a person has begun to change it.
function reopen(may) {
  ahead = null;
  if (image && history.at === 0 && may(history.state)) open(image.name, 0);
}

const findView = () => ({
  show: find("show").value,
  order: find("order").value,
  character: [...find("character").value.normalize("NFC")][0] || "",
});

// --- one image ---

async function open(name, by) {
  opening += 1;
  const round = opening;
  const isReady = ahead && by === 1 && ahead.from === name && ahead.view === JSON.stringify(findView());
  let asked = isReady ? ahead : ask(name, by);
  ahead = null;
  let answer;
  try {
    answer = await asked.answer;
    while (answer.image && saver.isStale(answer.image.name, asked.settled)) {
      asked = ask(name, by);
      answer = await asked.answer;
    }
  } catch (error) {
    showFault(`The image could not be loaded: ${error.message}`);
    return;
  }
  if (round !== opening) return;
  if (!answer.image) {
    showFault(image ? "No other image in this view." : "No image in this view.");
    return;
  }
  show(answer.image, answer.place);
}

function show(found, place) {
  const known = saver.revisions.get(found.name);
  image = found;
  saver.know(found.name, found.revision);
  history = findHistory(found, known);
  histories.set(found.name, history);
  chosen = null;
  typing = false;
  stage.open(findPixels(found), found.width, found.height);
  find("name").textContent = found.name;
  document.title = `${found.name} – centres`;
  showFault(found.fault || "");
  strip.show(found.name, place);
  draw();
  if (document.activeElement !== find("text")) find("stage").focus({ preventScroll: true });
  prefetch();
  showPlace();
  jobs.refresh();
}

function findHistory(found, known) {
  const pending = saver.pending.get(found.name);
  const onDisk = { points: found.points, done: found.done, proposed: false };
  const proposal = found.proposal?.points.length ? { points: found.proposal.points, done: false, proposed: true } : null;
  const first = proposal || onDisk;
  const before = histories.get(found.name);
  if (before) {
    if (!pending && !before.state.proposed && known !== found.revision) before.push(onDisk); // changed elsewhere
    else if (!pending && before.state.proposed) before.states[before.at] = first;
    return before;
  }
  const made = new edit.History(first);
  if (pending) made.push(pending.state);
  return made;
}

function ask(from, by) {
  const view = findView();
  return { from, view: JSON.stringify(view), settled: saver.settled, answer: step(view, from, by) };
}

function prefetch() {
  const asked = ask(image.name, 1);
  ahead = asked;
  asked.answer.then(
    (next) => next.image && (new Image().src = findPixels(next.image)),
    () => ahead === asked && (ahead = null),
  );
}

// A change of the image that is shown: drawn at once, and on its way to disk.
function change(state) {
  if (!image || image.fault) return;
  history.push({ ...state, proposed: false });
  saver.change(image.name, edit.strip(history.state));
  draw();
}

function travel(by) {
  if (!history?.move(by)) return;
  if (chosen !== null && chosen >= history.state.points.length) choose(null, false);
  history.states[history.at] = { ...history.state, proposed: false };
  saver.change(image.name, edit.strip(history.state));
  draw();
}

function addPoint(x, y) {
  if (!image || image.fault) return;
  change(edit.addPoint(history.state, x, y, image.stated));
  const index = history.state.points.findIndex((point) => point.x === x && point.y === y);
  choose(index, !history.state.points[index].label);
}

function choose(index, letters) {
  chosen = index;
  typing = letters && index !== null;
  draw();
  if (typing) {
    const { x, y } = stage.locate(history.state.points[index]);
    const letter = find("letter");
    letter.style.left = `${Math.max(0, Math.min(x, find("stage").clientWidth - 20))}px`;
    letter.style.top = `${Math.max(0, Math.min(y, find("stage").clientHeight - 20))}px`;
    letter.value = "";
    letter.focus({ preventScroll: true });
  } else if (document.activeElement === find("letter")) {
    find("stage").focus({ preventScroll: true });
  }
}

function typeLetter(text) {
  const letter = [...text.normalize("NFC")].at(-1);
  if (!letter || chosen === null) return;
  const at = chosen;
  change(edit.setLetter(history.state, at, letter));
  const order = edit.findFromLeft(history.state.points);
  const next = order[order.indexOf(at) + 1];
  choose(next ?? null, true);
}

function nudge(across, down) {
  const point = history.state.points[chosen];
  const { x, y } = stage.clamp(point.x + across, point.y + down);
  change(edit.movePoint(history.state, chosen, x, y));
}

// Returns whether there was a next character; behind the last one the keyboard goes on to the controls.
function cycle(by) {
  const order = edit.findFromLeft(history.state.points);
  const at = chosen === null ? (by > 0 ? -1 : order.length) : order.indexOf(chosen);
  const next = order[at + by];
  choose(next ?? null, true);
  return next !== undefined;
}

function remove() {
  if (chosen === null) return;
  const index = chosen;
  chosen = null;
  change(edit.removePoint(history.state, index));
  choose(null, false);
}

// Circles for a string, or for what a model reads; they go to the image that is shown now, whichever is then.
async function placeText(text) {
  const { name } = image;
  const own = history;
  const { state } = own;
  const same = text && !state.proposed && edit.relabel(state, text);
  try {
    const points = same ? same.points : (await propose(name, text || null)).points;
    if (!points.length) return;
    if (own.state !== state) throw new Error("the circles were changed meanwhile");
    own.push({ points, done: Boolean(same) && state.done, proposed: false });
    saver.change(name, edit.strip(own.state));
  } catch (error) {
    showFault(`${name}: ${text || "a reading"} could not be placed: ${error.message}`);
  }
}

function takeText() {
  const text = find("text").value.trim().normalize("NFC");
  if (!placing && image && !image.fault && text !== spell(history.state.points)) {
    placing = placeText(text).finally(() => {
      placing = null;
      draw();
    });
  }
  find("stage").focus({ preventScroll: true });
  draw();
}

async function accept() {
  const { name } = image;
  await placing;
  if (image.name !== name || image.fault || saver.pending.get(name)?.conflict) return;
  if (!edit.isComplete(history.state)) {
    const none = !history.state.points.length;
    showFault(none ? "No circle yet: click on each character." : "A circle has no letter yet: choose it and type.");
    return;
  }
  if (!history.state.done) change({ ...history.state, done: true });
  open(name, 1);
}

// --- what is shown ---

function draw() {
  if (!image) return;
  const { points, done, proposed } = history.state;
  const conflict = saver.pending.get(image.name)?.conflict;
  stage.draw(points, chosen, proposed, conflict ? conflict.points : []);
  const text = spell(points);
  if (document.activeElement !== find("text")) find("text").value = text;
  const stated = image.stated;
  const suspect = image.suspect && image.suspect.doubt >= 0.5 && image.suspect.read !== text && image.suspect.read;
  find("stated").textContent = suspect ? `models read: ${suspect}` : !stated ? "" : stated === text ? "as stated" : `stated: ${stated}`;
  find("stated").classList.toggle("differs", Boolean(suspect || (stated && stated !== text)));
  find("accept").textContent = done ? "Accepted ✓" : "Accept";
  find("accept").classList.toggle("done", done);
  find("undo").disabled = history.at === 0;
  find("redo").disabled = history.at === history.states.length - 1;
  find("hint").textContent = findHint(points, proposed);
  find("conflict").hidden = !conflict;
  if (conflict) {
    find("mine-text").textContent = `${text || "(nothing)"}${done ? ", accepted" : ""}`;
    find("theirs-text").textContent = `${spell(conflict.points) || "(nothing)"}${conflict.done ? ", accepted" : ""}`;
  }
}

function findHint(points, proposed) {
  if (typing) return "Type the letter of this character. Esc: letters are shortcuts again.";
  if (proposed) return "Proposed. Enter accepts it.";
  if (!points.length) return "Click on each character, from left to right.";
  if (image.others) return `${image.others} other shapes in the file stay as they are.`;
  return "";
}

function showFault(text) {
  find("fault").textContent = text;
  find("fault").hidden = !text;
}

function showSaved(onDisk) {
  const waiting = [...saver.pending.entries()];
  const count = waiting.length;
  const [clash] = waiting.find(([name, entry]) => entry.conflict && name !== image?.name) || [];
  const refused = waiting.find(([, entry]) => entry.refused);
  const box = find("saved");
  const kept = saver.kept ? "kept in this browser" : "kept only in this page: leave it open";
  let text = "saved";
  if (refused) text = `not saved: ${refused[0]}: ${refused[1].refused}`;
  else if (saver.trouble === "ended") text = `not saved: this link has ended, open the new one; ${count} ${kept}`;
  else if (saver.trouble && count) text = `not saved: retrying; ${count} ${kept}`;
  else if (clash) text = `not saved: ${clash} was changed elsewhere`;
  else if (waiting.some(([, entry]) => entry.conflict)) text = "not saved: changed elsewhere";
  else if (count) text = "saving…";
  box.textContent = text;
  box.className = text === "saved" ? "good" : text === "saving…" ? "quiet" : "bad";
  box.onclick = clash ? () => open(clash, 0) : null;
  if (onDisk && !count) {
    jobs.refresh();
    strip.refresh(findView());
  }
  draw();
}

function showPlace() {
  const { place, total } = strip;
  find("place").textContent = place === null ? "" : `${(place + 1).toLocaleString("en")} of ${total.toLocaleString("en")}`;
}

// --- keys and buttons ---

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SHORTCUTS = {
  d: () => open(image.name, 1),
  a: () => open(image.name, -1),
  e: () => find("text").select(),
  p: () => placeText(image.stated || spell(history.state.points)),
  "?": () => toggleKeys(),
  "+": () => stage.zoom(1.25),
  "=": () => stage.zoom(1.25),
  "-": () => stage.zoom(0.8),
  0: () => stage.fit(),
};

function pressKey(event) {
  if (event.isComposing || find("keys").open || find("exchange").open) return;
  const at = event.target;
  if (at === find("text")) return pressInText(event);
  if (at.matches("select, input:not(#letter)")) return;
  if (image && handleKey(event, at)) event.preventDefault();
}

function pressInText(event) {
  if (event.key === "Enter") takeText();
  else if (event.key === "Escape") {
    find("text").value = spell(history.state.points);
    find("stage").focus();
  } else return;
  event.preventDefault();
}

// Returns whether the key meant something here.
function handleKey(event, at) {
  const key = event.key;
  if (event.ctrlKey || event.metaKey) return handleControl(key.toLowerCase(), event.shiftKey);
  if (event.altKey) return false;
  if (key === "Enter") {
    if (at.matches("button")) return false;
    accept();
  } else if (key === "PageDown" || key === "PageUp") open(image.name, key === "PageDown" ? 1 : -1);
  else if (key === "Escape") choose(null, false);
  else if (key === "Tab") return at.closest("#stage") || at === document.body ? cycle(event.shiftKey ? -1 : 1) : false;
  else if (key in MOVES && chosen !== null) nudge(...MOVES[key].map((by) => by * (event.shiftKey ? 10 : 1)));
  else if (key === "Delete" || key === "Backspace") remove();
  else if (!typing && key.toLowerCase() in SHORTCUTS) SHORTCUTS[key.toLowerCase()]();
  else return false;
  return true;
}

function handleControl(key, shift) {
  if (key === "z") travel(shift ? 1 : -1);
  else if (key === "y") travel(1);
  else return false;
  return true;
}

function toggleKeys() {
  const dialog = find("keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function turnTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("annotation-theme", document.documentElement.dataset.theme);
}

function bind() {
  addEventListener("keydown", pressKey);
  find("keys").addEventListener("keydown", (event) => {
    if (event.key !== "?") return;
    event.preventDefault();
    event.stopPropagation();
    toggleKeys();
  });
  find("letter").addEventListener("input", (event) => !event.isComposing && typeLetter(find("letter").value));
  find("letter").addEventListener("compositionend", () => typeLetter(find("letter").value));
  const clicks = {
    undo: () => travel(-1), redo: () => travel(1), in: () => stage.zoom(1.25), out: () => stage.zoom(0.8),
    fit: () => stage.fit(), theme: turnTheme, previous: () => open(image.name, -1), next: () => open(image.name, 1),
    accept, propose: SHORTCUTS.p,
    "keep-mine": () => saver.keepMine(image.name),
    "take-theirs": () => {
      const theirs = saver.takeTheirs(image.name);
      history.push({ points: theirs.points, done: theirs.done, proposed: false });
      draw();
    },
  };
  for (const [id, act] of Object.entries(clicks)) {
    find(id).addEventListener("click", () => {
      if (image) act();
      find("stage").focus({ preventScroll: true });
    });
  }
  find("train").addEventListener("click", () => {
    find("stage").focus({ preventScroll: true });
    jobs.train();
  });
  find("files").addEventListener("click", () => find("exchange").showModal());
  find("close-exchange").addEventListener("click", () => find("exchange").close());
  find("import").addEventListener("change", async () => {
    await jobs.takeFile();
    reopen(() => true);
  });
  find("help").addEventListener("click", toggleKeys);
  find("close").addEventListener("click", toggleKeys);
  find("line").addEventListener("submit", (event) => event.preventDefault());
  find("text").addEventListener("blur", () => find("text").value !== spell(history.state.points) && takeText());
  for (const id of ["show", "order", "character"]) {
    find(id).addEventListener("change", () => {
      find("stage").focus({ preventScroll: true });
      find("strip").scrollLeft = 0;
      strip.refresh(findView());
      open(null, 0);
    });
  }
  addEventListener("beforeunload", (event) => saver.pending.size && event.preventDefault());
}

async function begin() {
  const theme = localStorage.getItem("annotation-theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const here = new URLSearchParams(location.search);
  if (here.has("token")) window.history.replaceState(null, "", location.pathname + location.hash);
  const folder = await describeFolder();
  find("folder").textContent = folder.name;
  saver = new Saver(folder.id, showSaved);
  bind();
  await saver.adopt();
  await strip.refresh(findView());
  await open(null, 0);
  showSaved(false);
}

begin().catch((error) => showFault(`The page could not begin: ${error.message}`));
