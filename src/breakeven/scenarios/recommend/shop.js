"use strict";
// The shop's page: what would be shown to a person, and what their clicks would change. Nothing is stored unless staff say so.
const by = id => document.getElementById(id), who = by("who"), words = JSON.parse(who.dataset.words), kinds = JSON.parse(who.dataset.kinds);
const shelf = by("shelf"), told = by("told"), short = (text, most = 80) => { const all = Array.from(String(text)); return all.length > most ? all.slice(0, most - 1).join("") + "…" : all.join(""); };
let user = "", before = new Set(), visit = [], turn = 0;
const tags = new Set(), keeps = () => who.elements.mode.value === "keep";
const put_in = (place, text, values) => place.replaceChildren(say(fill(text, values)));
const called = kind => kinds.find(k => k.kind === kind) || { en: kind, zh: kind };

async function did(kind, item, title, button) {
  if (keeps() && !user) { put_in(told, words.no_person, {}); by("user").focus(); return; }
  const name = { en: called(kind).en, zh: called(kind).zh };
  await busy(button, shelf, async () => {
    if (keeps()) await ask("v1/events", { events: [{ user, item, kind }] });
    else visit.push({ item, kind, title });
    await refresh();
    put_in(told, keeps() ? words.stored : words.counted, { kind: name, title: short(title), user });
  });
}
function buttons(item, title) {
  const row = make("div", undefined, "do");
  kinds.forEach(k => { const b = make("button"); b.type = "button"; b.append(say(k)); b.setAttribute("aria-label", k[root.lang] + ": " + short(title)); b.addEventListener("click", () => did(k.kind, item, title, b)); row.append(b); });
  return row;
}
function state(p) {
  const line = make("div", undefined, "state"), parts = [];
  if (p.price !== undefined) line.append(make("span", p.price.toFixed(2)));
  if (p.stock !== undefined) { const s = make("span", undefined, p.stock > 0 ? "state" : "state out"); s.append(say(p.stock > 0 ? fill(words.stock, { count: whole(p.stock) }) : words.sold_out)); parts.push(s); }
  if (p.hidden) { const s = make("span", undefined, "state out"); s.append(say(words.hidden)); parts.push(s); }
  parts.forEach(s => { if (line.childNodes.length) line.append(" · "); line.append(s); });
  return line.childNodes.length ? [line] : [];
}
function card(p) {
  const title = p.title || p.item, box = make("article", undefined, "card" + (before.size && !before.has(p.item) ? " new" : "")), name = make("b", short(title, 120));
  name.dir = "auto";
  if (p.image) { const picture = make("img"); picture.alt = ""; picture.loading = "lazy"; picture.referrerPolicy = "no-referrer"; picture.src = p.image; picture.addEventListener("error", () => picture.remove()); box.append(picture); }
  box.append(name);
  if (p.categories) { const t = make("div", undefined, "tags"); p.categories.slice(0, 3).forEach(c => { t.append(make("span", short(c, 30))); tags.add(c); }); box.append(t); }
  box.append(...state(p), make("span", p.reason || "", "why"), buttons(p.item, title));
  return box;
}
async function refresh() {
  const mine = ++turn, query = new URLSearchParams({ explain: 1, language: root.lang, diversity: by("diversity").value });
  if (by("category").value) query.set("category", by("category").value);
  const sent = { events: visit.map(({ item, kind }) => ({ item, kind })) };
  if (user) sent.user = user;
  const start = performance.now(), found = await ask("v1/session/recommend?" + query, sent), ms = Math.round(performance.now() - start);
  const person = user ? await ask("v1/users/" + encodeURIComponent(user)) : { last: [] };
  if (mine !== turn) return;  // a later question was asked meanwhile
  put_in(told, words.shelf_of, { user: user ? short(user, 40) : words.nobody, ms });
  const cards = make("div", undefined, "shelf"); cards.append(...found.items.map(card));
  shelf.replaceChildren(found.items.length ? cards : paragraph(words.none));
  before = new Set(found.items.map(p => p.item));
  const here = [...visit].reverse().map(e => ({ ...e, here: true })), last = [...here, ...person.last].slice(0, 20);
  by("did").replaceChildren(...(last.length ? last.map(line) : [make("li")]));
  if (!last.length) by("did").firstChild.append(say(words.no_past));
  const chosen = by("category").value, [all] = by("category").options;
  by("category").replaceChildren(all, ...[...tags].sort().map(t => new Option(short(t, 40), t))); by("category").value = chosen;
}
function line(e) {
  const li = make("li"), kind = called(e.kind), b = make("bdi", short(e.title || e.item));
  if (e.kind !== "event") li.append(say({ en: kind.en + ": ", zh: kind.zh + "：" }));
  li.append(b); if (e.here) { const s = make("small", undefined, "soft"); s.append(" (", say(words.here), ")"); li.append(s); }
  return li;
}
function become(name) { user = name; visit = []; before = new Set(); return busy(who.querySelector(".main"), shelf, refresh); }
const again = () => busy(who.querySelector(".main"), shelf, refresh);
who.addEventListener("submit", event => { event.preventDefault(); become(by("user").value.trim()); });
for (const id of ["diversity", "category"]) by(id).addEventListener("change", again);
$("input[name=mode]").forEach(e => e.addEventListener("change", () => { by("keep-note").hidden = !keeps(); }));
document.addEventListener("language", () => { if (before.size) again(); });

let asking;
async function search() {
  const q = by("q").value.trim(), place = by("found");
  try {
    const told = await ask("v1/items?k=8&q=" + encodeURIComponent(q));
    if (q !== by("q").value.trim()) return;
    const list = make("ul", undefined, "found");
    list.append(...told.items.map(p => { const li = make("li"), title = p.title || p.item, name = make("span"), b = make("bdi", short(title)); name.append(b, ...state(p)); li.append(name, buttons(p.item, title)); return li; }));
    const count = make("p", undefined, "soft"); count.append(say(told.items.length ? fill(words.found, { count: whole(told.of), shown: told.items.length }) : words.nothing_found));
    place.replaceChildren(count, list);
  } catch (error) { failed(place, error); }
}
by("q").addEventListener("input", () => { clearTimeout(asking); asking = setTimeout(search, 200); });
by("find").addEventListener("submit", event => { event.preventDefault(); search(); });

function arms(found) {
  const percent2 = v => (100 * v).toFixed(2) + " %";
  const rows = found.map(a => [a.arm, a.shelf, whole(a.impressions), whole(a.taken), a.rate === null ? "" : `${percent2(a.rate)} (${percent2(a.low)} – ${percent2(a.high)})`,
    a.p === undefined ? "" : a.p === null ? words.few : a.decided ? fill({ en: "{p} ({decided})", zh: "{p}（{decided}）" }, { p: a.p.toFixed(3), decided: words.decided }) : a.p.toFixed(3), a.needed ? whole(a.needed) : ""]);
  const shown = table([words.arm, words.arm_shelf, words.impressions, words.taken, words.rate, words.p, words.needed], rows);
  shown.querySelector("table").createCaption().append(say(words.trial));
  by("arms").replaceChildren(shown); by("trial").hidden = false;
}
(async () => {
  try {
    const about = await ask("v1/about");
    by("people").replaceChildren(...about.sample.map(u => new Option(u, u)));
    by("user").value = about.sample[0] || "";
    await become(by("user").value);
    const trial = await ask("v1/experiment");
    if (trial.arms.length) arms(trial.arms);
  } catch (error) { failed(shelf, error); }
})();
