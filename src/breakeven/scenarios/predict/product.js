"use strict";
// The product's page: a row in, an answer with its reasons out; files, links, what was asked before, and what came true.
const form = document.getElementById("form"), facts = JSON.parse(form.dataset.facts), words = JSON.parse(form.dataset.words);
const by = id => document.getElementById(id), out = by("answer"), outcome = by("outcome"), notice = by("told");
// A column may have any name, so none is an attribute `name`: "elements" or "submit" would stand in the way of the form's own.
const fields = () => $(".field[data-name]", by("columns")).map(e => Object.assign(e.querySelector("input, select, textarea"), { column: e.dataset.name }));
const number = v => Math.abs(v) >= 1e6 || v === 0 ? v.toLocaleString("en-US", { maximumFractionDigits: 0 }) : String(Number(v.toPrecision(4)));
const tenth = p => { const s = (100 * p).toFixed(1); return { en: s + " %", zh: s + "%" }; };
const short = (text, most = 60) => { const all = Array.from(String(text)); return all.length > most ? all.slice(0, most - 1).join("") + "…" : all.join(""); };
const both = text => ({ en: text, zh: text });
let lastRow = null;

// ---- the row of the form
// The content of a file that was chosen in `input`. A browser gives no file that was changed since: it has to be chosen again.
const url = (file, input) => new Promise((done, fail) => {
  const r = new FileReader(); r.onload = () => done(r.result);
  r.onerror = () => { input.value = ""; fail(Object.assign(new Error(r.error.message), { words: fill(words.changed, { name: short(file.name) }) })); };
  r.readAsDataURL(file);
});
async function row() {
  const found = Object.create(null);
  for (const e of fields()) found[e.column] = e.type === "file" ? (e.files.length ? await url(e.files[0], e) : null) : e.value === "" ? null : e.value;
  return found;
}
function fillIn(values) {
  const unknown = [], unfit = [];
  for (const [name, value] of Object.entries(values)) {
    const e = fields().find(one => one.column === name && one.type !== "file");
    if (!e) { if (!facts.images.includes(name)) unknown.push(short(name)); continue; }
    const text = value === null ? "" : String(value);
    if (e.tagName === "SELECT" && ![...e.options].some(o => o.value === text)) e.add(new Option(short(text), text));
    e.value = text;
    if (text && !e.value) unfit.push(short(name));  // such as a date that is none
  }
  return { unknown, unfit };
}
// Long names of columns in sentences are cut, and what comes from the data stands apart from the sentence around it.
function sentence(kind, text, values) {
  const p = make(kind, undefined, "said");
  for (const l of ["en", "zh"]) {
    const s = make("span"); s.lang = l;
    text[l].split(/(\{\w+\})/).forEach(part => {
      const key = /^\{(\w+)\}$/.exec(part);
      if (!key) { s.append(part); return; }
      const value = values[key[1]], b = make(key[1] === "target" ? "bdi" : "b", typeof value === "object" ? value[l] : value); b.dir = "auto"; s.append(b);
    });
    p.append(s);
  }
  return p;
}

// ---- an answer
const NS = "http://www.w3.org/2000/svg";
const drawn = (kind, set) => { const e = document.createElementNS(NS, kind); for (const k in set) e.setAttribute(k, set[k]); return e; };
function bars(title, note, lines, sides) {
  const figure = make("figure", undefined, sides ? "bars sides" : "bars"), list = make("ul"), caption = make("figcaption");
  caption.append(say(title)); figure.append(caption);
  if (note) { const p = make("p", undefined, "soft"); p.append(say(note)); figure.append(p); }
  lines.forEach(({ name, share, shown }) => {
    const li = make("li"), svg = drawn("svg", { class: "bar", height: 20, "aria-hidden": "true" }), what = make("span", undefined, "what"), much = make("span", undefined, "much");
    const from = sides ? Math.min(50, 50 + 50 * share) : 0, wide = Math.max(Math.abs(share) * (sides ? 50 : 100), 0.3);
    svg.append(drawn("rect", { class: "fill " + (sides ? (share < 0 ? "against" : "for") : "traditional"), x: from.toFixed(2) + "%", width: wide.toFixed(2) + "%", y: 3, height: 14 }));
    if (sides) svg.append(drawn("line", { class: "middle", x1: "50%", x2: "50%", y1: 0, y2: 20 }));
    what.append(typeof name === "object" ? say(name) : make("bdi", name)); much.append(say(shown)); li.append(what, svg, much); list.append(li);
  });
  figure.append(list); return figure;
}
function marked(text, parts) {
  const most = Math.max(...parts.map(w => Math.abs(w.effect)), 1e-12), p = make("p", undefined, "told"), letters = Array.from(text);  // as the service counts them: an emoji is one
  let at = 0;
  parts.forEach(w => {
    p.append(letters.slice(at, w.start).join(""));
    const mark = make("mark", w.text, (w.effect >= 0 ? "for" : "against") + Math.max(1, Math.round(5 * Math.abs(w.effect) / most)));
    mark.title = (w.effect >= 0 ? "+" : "") + (100 * w.effect).toFixed(1); p.append(mark); at = w.start + Array.from(w.text).length;
  });
  p.dir = "auto"; p.append(letters.slice(at).join("")); return p;
}
function heat(source, rows, name) {
  const box = make("div", undefined, "pictures"), plain = make("div", undefined, "pictured"), over = make("div", undefined, "pictured");
  const canvas = make("canvas"), images = [make("img"), make("img")];
  images.forEach((image, i) => { image.src = source; image.alt = i ? "" : name; });
  canvas.width = rows[0].length; canvas.height = rows.length;
  const pen = canvas.getContext("2d"), data = pen.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((v, i) => { data.data.set([255, Math.round(200 * (1 - v)), 0, Math.round(170 * v)], 4 * i); });
  pen.putImageData(data, 0, 0); plain.append(images[0]); over.append(images[1], canvas); box.append(plain, over); return box;
}
const soft = text => { const p = make("p", undefined, "soft"); p.append(say(text)); return p; };
function answered(a) {
  if (!a.probabilities) return sentence("p", words.value, { target: short(facts.target), value: number(a.prediction), low: number(a.low), high: number(a.high) });
  const best = Math.max(...Object.values(a.probabilities)), text = a.probability < best - 1e-9 ? words.split : words.class;
  return sentence("p", text, { target: short(facts.target), answer: short(a.prediction), share: tenth(a.probability) });
}
function likely(a) {
  const all = Object.entries(a.probabilities).sort((x, y) => y[1] - x[1]), shown = all.length > 8 ? all.slice(0, 6) : all;
  const found = [bars(words.probabilities, null, shown.map(([name, p]) => ({ name: short(name, 40), share: p, shown: tenth(p) })))];
  if (all.length > shown.length) found.push(soft(fill(words.others, { count: all.length - shown.length, share: percent(all[shown.length][1]) })));
  return found;
}
function value(r, values) {
  if (facts.images.includes(r.column)) return words.picture;
  return r.value === null ? words.unknown : both(short(typeof r.value === "number" ? number(r.value) : String(r.value).replace(/T00:00:00Z$/, ""), 40));
}
function why(a, values) {
  const reasons = (a.reasons || []).slice(0, 8), found = [];
  reasons.filter(r => r.words && r.words.length).forEach(r => found.push(soft(words.words), marked(r.value, r.words)));
  reasons.filter(r => r.heat && values[r.column]).forEach(r => found.push(soft(words.heat), heat(values[r.column], r.heat, r.column)));
  const most = Math.max(...reasons.map(r => Math.abs(r.effect)), 0), sign = v => (v >= 0 ? "+" : "−");
  if (!reasons.length || most < 1e-9) return [...found, soft(words.why_none)];
  if (reasons.length > 1) found.push(bars(words.why, a.probabilities ? words.why_note : words.why_value, reasons.map(r => ({
    name: fill(both("{column} = {value}"), { column: short(r.column, 40), value: value(r, values) }), share: r.effect / most,
    shown: both(sign(r.effect) + (a.probabilities ? (100 * Math.abs(r.effect)).toFixed(1) : number(Math.abs(r.effect)))) })), true));
  return found;
}
function show(a, values, notes) {
  out.replaceChildren(answered(a));
  (notes || []).forEach(n => { const box = make("div", n, "note"); out.append(box); });
  if (a.probabilities) out.append(...likely(a));
  out.append(...why(a, values));
  lastRow = values; by("kept").replaceChildren(); outcome.reset(); outcome.hidden = false;
}
function marksOf(error) {
  const name = /column '((?:[^'\\]|\\.)*)'|column "([^"]*)"/.exec(error.where || "");
  const at = name && fields().find(e => e.column === (name[1] || name[2]));
  if (!at) return;
  at.setAttribute("aria-invalid", "true"); const fold = at.closest("details"); if (fold) fold.open = true; at.focus();
}
const waiting = place => place.replaceChildren(paragraph(words.working));
async function answer() {
  fields().forEach(e => e.removeAttribute("aria-invalid")); notice.replaceChildren();
  const several = fields().find(e => e.type === "file" && e.files.length > 1);
  outcome.hidden = true; waiting(out);
  if (several) { await pictures(several); return; }
  const values = await row();
  try {
    const reply = await ask("v1/predict", { rows: [values], explain: true });
    show(reply.predictions[0], values, reply.notes); keep(values, reply.predictions[0]);
  } catch (error) { marksOf(error); throw error; }
  if (out.getBoundingClientRect().top > innerHeight * 0.8) out.closest("section").scrollIntoView({ block: "nearest" });
}
form.addEventListener("submit", event => { event.preventDefault(); busy(form.querySelector(".main"), out, answer); });
form.addEventListener("reset", () => { fields().forEach(e => e.removeAttribute("aria-invalid")); notice.replaceChildren(); });

// ---- several pictures: a few at a time, so that no request is too large
const AT_A_TIME = 8, MOST_BYTES = 9e6;
const cell = text => /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
async function pictures(input) {
  const files = [...input.files], rest = await row(), lines = [];
  for (let at = 0; at < files.length;) {
    const some = []; let size = 0;
    while (at + some.length < files.length && some.length < AT_A_TIME && (!some.length || size + files[at + some.length].size < MOST_BYTES)) { size += files[at + some.length].size; some.push(files[at + some.length]); }
    out.replaceChildren(paragraph(fill(words.reading, { done: at + 1, count: files.length })));
    const rows = await Promise.all(some.map(async f => ({ ...rest, [input.column]: await url(f, input) })));
    let answers;
    try { answers = (await ask("v1/predict", { rows })).predictions; }
    catch (error) { if (error instanceof TypeError) throw error; answers = await oneByOne(rows); }  // one that cannot be read costs the others nothing
    some.forEach((f, i) => lines.push([f.webkitRelativePath || f.name, answers[i]])); at += some.length;
  }
  listed(lines);
}
async function oneByOne(rows) {
  const found = [];
  for (const one of rows) {
    try { found.push((await ask("v1/predict", { rows: [one] })).predictions[0]); }
    catch (error) { if (error instanceof TypeError) throw error; found.push({ error: error.message }); }
  }
  return found;
}
function listed(lines) {
  const bad = lines.filter(([, a]) => a.error), head = ["file", ...facts.header, ...(bad.length ? ["error"] : [])];
  const cells = a => a.error ? facts.header.map(() => "") : a.probabilities ? [a.prediction, a.probability, ...facts.classes.map(c => a.probabilities[c])] : [a.prediction, a.low, a.high];
  const text = [head, ...lines.map(([name, a]) => [name, ...cells(a), ...(bad.length ? [a.error || ""] : [])])].map(l => l.map(v => cell(String(v))).join(",")).join("\n") + "\n";
  const shown = a => a.error ? [short(a.error, 120), ""] : a.probabilities ? [short(a.prediction), tenth(a.probability)] : [number(a.prediction), number(a.low) + " – " + number(a.high)];
  joined(out, text, lines.length, bad.length, [], table([words.file_name, words.prediction, facts.classes.length ? words.probability : words.interval], lines.slice(0, 100).map(([name, a]) => [short(name), ...shown(a)])));
}
function joined(place, text, count, bad, notes, shown) {
  const button = make("button", undefined, "main"), actions = make("div", undefined, "actions"); button.type = "button"; button.append(say(words.download));
  button.addEventListener("click", () => save("answers.csv", "\ufeff" + text, "text/csv;charset=utf-8")); actions.append(button);
  place.replaceChildren(paragraph(fill(words.answered, { count: whole(count - bad) })));
  if (bad) { const note = make("div", undefined, "note warning"); note.append(say(fill(words.refused, { count: whole(bad), all: whole(count) }))); place.append(note); }
  notes.forEach(n => place.append(make("div", n, "note")));
  place.append(actions, shown);
}

// ---- a file of rows
const file = by("file"), rows_at = by("rows");
if (file) file.addEventListener("submit", event => {
  event.preventDefault();
  const button = file.querySelector("button"), input = file.elements.file, given = input.files[0];
  busy(button, rows_at, async () => {
    if (!given) { rows_at.replaceChildren(paragraph(words.no_file)); input.focus(); return; }
    const size = n => (n / 1e6).toFixed(n < 1e6 ? 2 : 0);
    if (given.size > facts.most) { rows_at.replaceChildren(paragraph(fill(words.too_large, { size: size(given.size), most: size(facts.most) }))); return; }
    waiting(rows_at);
    const content = given.size ? (await url(given, input)).replace(/^[^,]*,/, "") : "";
    const reply = await ask("v1/predict/file", { name: given.name, content });
    const [head, ...first] = reply.first, caption = fill(words.first, { count: first.length });
    const found = table(head.map(h => both(short(h, 30))), first.map(line => line.map(c => short(c, 60))));
    const title = found.querySelector("table").createCaption(); title.append(say(caption));
    joined(rows_at, reply.answers, reply.rows, reply.refused, reply.notes, found);
  });
});

// ---- a link that holds the form
by("share").addEventListener("click", async () => {
  const changed = e => e.tagName === "SELECT" ? ![...e.options].some(o => o.selected && o.defaultSelected) : e.value !== e.defaultValue;
  const all = fields().filter(e => e.type !== "file"), some = all.length > 60 ? all.filter(changed) : all;
  history.replaceState(null, "", "#" + new URLSearchParams(some.map(e => [e.column, e.value])));
  let text = words.link;
  try { await navigator.clipboard.writeText(location.href); text = words.copied; } catch { /* without leave, the link stands in the address bar */ }
  notice.replaceChildren(soft(text));
});
function fromLink() {
  const values = [...new URLSearchParams(location.hash.slice(1))];
  if (!values.length || (values.length === 1 && values[0][1] === "")) return;
  const { unknown, unfit } = fillIn(Object.fromEntries(values));
  notice.replaceChildren(soft(words.filled));
  if (unfit.length) notice.append(soft(fill(words.unfit, { names: unfit.slice(0, 5).join(", ") })));
  if (unknown.length) notice.append(soft(fill(words.unread, { names: unknown.slice(0, 5).join(", ") })));
}
addEventListener("hashchange", fromLink); fromLink();

// ---- what was asked before, in this tab
const KEY = "recent " + location.pathname, MOST = 10;
const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) || []; } catch { return []; } };
const write = found => { try { sessionStorage.setItem(KEY, JSON.stringify(found)); } catch { /* no room, or no leave */ } list(found); };
function keep(values, a) {
  const plain = Object.fromEntries(Object.entries(values).filter(([name, v]) => !facts.images.includes(name) && (v === null || v.length < 5000)));
  const brief = { prediction: a.prediction, probability: a.probability, low: a.low, high: a.high };
  write([{ at: Date.now(), values: plain, answer: brief }, ...kept()].slice(0, MOST));
}
function list(found) {
  by("none").hidden = found.length > 0; by("clear").hidden = !found.length;
  by("recent").replaceChildren(...found.map(one => {
    const li = make("li"), button = make("button"), a = one.answer, when = new Date(one.at); button.type = "button";
    const what = typeof a.prediction === "string" ? short(a.prediction, 40) + "  " + (100 * a.probability).toFixed(1) + " %" : number(a.prediction);
    const first = fields().map(e => e.column).filter(n => one.values[n] !== undefined && one.values[n] !== null).slice(0, 4);
    button.append(make("b", what), make("span", first.map(n => short(n, 24) + " = " + short(one.values[n], 24)).join(", ")), make("span", when.toTimeString().slice(0, 5)));
    button.addEventListener("click", () => { fillIn(one.values); busy(form.querySelector(".main"), out, answer); });
    li.append(button); return li;
  }));
}
by("clear").addEventListener("click", () => { write([]); form.querySelector(".main").focus(); });
list(kept());

// ---- what turned out to be true
// A number as people type it: 5.2, 5,2, 1,234.5, 1.234,5, 12 345. A point alone is a decimal point, as in the page's own numbers.
// null for 1,234, which is two numbers; the text itself where it is none, and the service says so.
function typed(text) {
  const plain = text.normalize("NFKC").replace(/[\s'’]/g, "").replace("−", "-");
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(plain)) return null;
  let point = plain.replace(",", ".");
  if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain)) point = plain.replaceAll(",", "");
  else if (/^[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+$/.test(plain) || /^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$/.test(plain)) point = plain.replaceAll(".", "").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(point) && Number.isFinite(Number(point)) ? Number(point) : text;
}
outcome.addEventListener("submit", event => {
  event.preventDefault();
  const place = by("kept"), input = outcome.elements.outcome, given = input.value.trim();
  busy(outcome.querySelector("button"), place, async () => {
    if (given === "") { place.replaceChildren(paragraph(words.needed)); input.focus(); return; }
    const said = facts.classes.length ? given : typed(given);
    if (said === null) { place.replaceChildren(paragraph(fill(words.two_ways, { given: short(given) }))); input.focus(); return; }
    const reply = await ask("v1/feedback", { outcomes: [{ row: lastRow, outcome: said }] });
    place.replaceChildren(paragraph(fill(words.sent, { count: whole(reply.in_all) }))); outcome.reset();
  });
});

// ---- many columns: those whose name holds some letters
const filter = document.querySelector(".filter");
if (filter) filter.addEventListener("input", () => {
  const part = filter.value.trim().toLowerCase();
  $(".more .field[data-name]").forEach(e => { e.hidden = !e.dataset.name.toLowerCase().includes(part); });
  $(".more .group").forEach(g => { g.hidden = !g.querySelector(".field:not([hidden])"); });
});
