// What is asked of the server. A refusal is an error that carries its status and what the server said.

export class Refusal extends Error {
  constructor(status, body) {
    super(body.error || `the server answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

async function ask(path, parameters, options = {}) {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`api/${path}?${query}`, { cache: "no-store", ...options });
  const text = await answer.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    body = { error: text.trim().slice(0, 200) };
  }
  if (!answer.ok) throw new Refusal(answer.status, body);
  return body;
}

function send(method, path, parameters, record) {
  const body = JSON.stringify(record);
  const keepalive = body.length < 30000; // so that a change in flight outlives the page
  return ask(path, parameters, { method, body, keepalive, headers: { "Content-Type": "application/json" } });
}

export const describeFolder = () => ask("folder", {});
export const listImages = (view, start, count, name) =>
  ask("images", { ...view, start, count, ...(name === null ? {} : { name }) });
export const step = (view, name, by) => ask("step", name === null ? view : { ...view, name, by });
export const propose = (name, text) => send("POST", "proposal", { name }, { text });
export const save = (name, base, state) => send("PUT", "annotation", { name }, { base, ...state });
export const train = () => send("POST", "train", {}, {});
export const importFile = (format, file) =>
  ask("import", { format }, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
export const measureProgress = () => ask("progress", {});
export const findPixels = (image) => `api/pixels?${new URLSearchParams({ name: image.name, v: image.version })}`;
export const findThumbnail = (image) => `api/thumbnail?${new URLSearchParams({ name: image.name, v: image.version })}`;
