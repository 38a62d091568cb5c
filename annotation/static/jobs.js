// What goes on beside the image: how far the folder is, a training, files of other tools.

import { importFile, measureProgress, train } from "./requests.js";

const AGAIN_MS = 1000;
const find = (id) => document.getElementById(id);
const group = (number) => number.toLocaleString("en");

function describeTime(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export class Jobs {
  // `looked` is called once all images were looked at; `learnt` when there is a new model.
  constructor(looked, learnt) {
    this.looked = looked;
    this.learnt = learnt;
    this.looking = false;
    this.training = false;
  }

  // Asks how far all is, and again while something moves.
  async refresh() {
    const found = await measureProgress().catch(() => null);
    if (!found) return;
    this.#showProgress(found);
    this.#showTraining(found.training);
    const looking = found.surveyed < found.count;
    if (this.looking && !looking) this.looked();
    this.looking = looking;
    clearTimeout(this.timer);
    if (looking || this.training) this.timer = setTimeout(() => this.refresh(), AGAIN_MS);
  }

  #showProgress({ count, done, left, pace_s: pace, rest_s: rest, surveyed }) {
    find("bar").value = done / count;
    const parts = [`${group(done)} done`, `${group(left)} left`];
    if (pace !== null) parts.push(`${pace.toFixed(1)} s an image`);
    if (rest) parts.push(`about ${describeTime(rest)} to go`);
    if (surveyed < count) parts.push(`${group(surveyed)} looked at`);
    find("progress").textContent = parts.join(" · ");
  }

  #showTraining(state) {
    find("train").hidden = !state;
    if (!state) return;
    const box = find("training");
    find("train").disabled = state.running;
    if (state.running) box.textContent = `training ${Math.round(100 * state.share)} % · ${state.line}`;
    else if (state.error) box.textContent = `training: ${state.error}`;
    else if (state.model) box.textContent = `proposals by ${state.model}`;
    if (this.training && !state.running && state.model) this.learnt();
    this.training = state.running;
  }

  async train() {
    try {
      const { count } = await train();
      find("training").textContent = `training on ${count} images`;
      this.training = true;
      this.refresh();
    } catch (error) {
      find("training").textContent = error.message;
    }
  }

  // Takes the annotations of the file that was chosen.
  async takeFile() {
    const [file] = find("import").files;
    if (!file) return;
    find("imported").textContent = "importing…";
    try {
      const { count } = await importFile(find("format").value, file);
      find("imported").textContent = count === 1 ? "1 annotation taken." : `${count} annotations taken.`;
      this.refresh();
    } catch (error) {
      find("imported").textContent = error.message;
    }
    find("import").value = "";
  }
}
