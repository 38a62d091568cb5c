// Characters from left to right as a string in reading order, and back: as fcn_captcha.maps.reading_order does.

const RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

function findKind(character) {
  if (/\p{Nd}/u.test(character)) return "d";
  if (RIGHT.test(character) && /\p{L}/u.test(character)) return "r";
  if (/\p{L}/u.test(character)) return "l";
  return /[+\-,.\/:]/.test(character) ? "s" : " ";
}

export function findOrder(characters) {
  const kinds = characters.map(findKind).join("");
  const order = characters.map((_, i) => i);
  if (!kinds.includes("r")) return order;
  order.reverse();
  for (const stretch of kinds.matchAll(/[^r]+/g)) {
    const runs = stretch[0].includes("l") ? /[ld](?:[lds ]*[ld])?/g : /d+(?:sd+)*/g;
    for (const run of stretch[0].matchAll(runs)) {
      const start = stretch.index + run.index;
      const end = start + run[0].length;
      for (let i = start; i < end; i++) order[kinds.length - end + (i - start)] = i;
    }
  }
  return order;
}

export function spell(points) {
  const shown = points.slice().sort((a, b) => a.x - b.x).map((point) => point.label || "·");
  return findOrder(shown).map((i) => shown[i]).join("");
}
