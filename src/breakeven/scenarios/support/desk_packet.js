"use strict";
// The conversation and its hand-over packet, as they stand on the desk's page.
let titles = {}, ready = {};
// A topic as the staff call it, in both languages.
const topic_ = name => { const t = titles[name] || {}, any = t.en || t.zh || name; return { en: t.en || any, zh: t.zh || any }; };
const clock = at => new Date(1000 * at).toLocaleString(root.lang === "zh" ? "zh-CN" : "en-GB", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const tongue = code => words["lang_" + code] || { en: code || "–", zh: code || "–" };

function entry(e) {
  const values = { staff: e.staff || "–", reason: why(e.reason), topic: e.topic ? topic_(e.topic) : "" };
  if (e.kind !== "message" && e.kind !== "reply") { const li = line("div", one("was_" + e.kind, values), "event"); li.append(" ", make("small", clock(e.at), "soft")); return li; }
  const who = e.by || "customer", li = make("div", undefined, "said-by " + who), top = make("div", undefined, "line");
  top.append(line("b", who === "person" && e.staff ? { en: e.staff, zh: e.staff } : words[who]), make("small", clock(e.at), "soft"));
  if (e.topic && who === "ai") top.append(line("small", topic_(e.topic), "soft"));
  if (e.stage === "hosted") top.append(line("small", words.hosted, "soft"));
  else if (typeof e.confidence === "number" && who === "ai") top.append(line("small", one("sure", { share: percent(e.confidence) }), "soft"));
  li.append(top, data("p", e.text || ""));
  if (e.source) li.append(line("small", one("source", { source: e.source }), "soft"));
  return li;
}
function where_it_stands() {
  const p = packet, parts = p.status === "waiting" && p.waiting_seconds ? [] : [mine() ? words.mine : one("status_" + p.status, { staff: p.staff || "" })];
  if (p.waiting_seconds) parts.push(one("waiting_since", { time: span(p.waiting_seconds) }));
  return { en: parts.map(x => x.en).join(" · "), zh: parts.map(x => x.zh).join(" · ") };
}
function waited() { put_in(by("talk-about"), where_it_stands()); }

function show_packet() {
  const there = Boolean(packet), had = held();
  by("talk").hidden = by("packet").hidden = !there; by("none").hidden = there;
  document.body.classList.toggle("talking", there);
  if (!there) return;
  const log = by("log"), end = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  by("talk-title").replaceChildren(data("bdi", who_(packet)));
  if (packet.risk === "high") by("talk-title").append(" ", line("span", words.high, "badge"));
  waited();
  log.append(...packet.entries.slice(log.childElementCount).map(entry));
  if (end || log.scrollTop === 0) log.scrollTop = log.scrollHeight;
  const has = mine(), other = packet.status === "person" && !has, closed = packet.status === "closed";
  by("take").hidden = has || other || closed; by("return").hidden = other || closed || packet.status === "bot";
  by("close").hidden = by("solved").hidden = other || closed;
  by("reply").hidden = !has && !by("text").value;
  by("send").disabled = !has;
  if (other && by("text").value) tell(one("lost", { staff: packet.staff }));
  show_ready(has); show_facts(); show_messages();
  keep_focus(had, () => by("talk-title"));
}
// The whole conversation anew, with dates in the page's language: nothing in it is news.
function show_again() { by("log").setAttribute("aria-busy", "true"); by("log").replaceChildren(); show_packet(); by("log").removeAttribute("aria-busy"); }
function show_ready(has) {
  const found = has ? packet.topics.filter(t => ready[t.topic]) : [], place = by("canned"), as_it_is = JSON.stringify([current, packet.language, found.map(t => t.topic)]);
  if (place.dataset.shown === as_it_is) return;
  place.dataset.shown = as_it_is;
  place.replaceChildren(...(found.length ? [line("span", words.canned, "soft")] : []));
  for (const t of found) {
    const b = line("button", topic_(t.topic)), texts = ready[t.topic];
    b.type = "button"; b.title = texts[packet.language] || Object.values(texts)[0];
    b.addEventListener("click", () => { const area = by("text"); area.value = (area.value.trim() ? area.value.trim() + "\n" : "") + b.title; area.dispatchEvent(new Event("input")); hear(one("put_in", { topic: topic_(t.topic) })); area.focus(); });
    place.append(b);
  }
}
function list(title, items) {
  const box = document.createDocumentFragment(), ul = make("ul");
  ul.append(...items); box.append(line("h3", title), items.length ? ul : line("p", words.nothing, "soft")); return box;
}
function show_facts() {
  const p = packet, facts = by("facts");
  put_in(by("summary"), { en: p.summary.en || "", zh: p.summary.zh || "" });
  const likely = p.topics.map(t => { const li = line("li", topic_(t.topic)); li.append(" ", line("small", percent(t.confidence), "soft")); return li; });
  facts.replaceChildren(list(words.likely, likely));
  facts.append(list(words.asked, p.asked.slice(-5).map(text => data("li", text))));
  if (p.answered.length) facts.append(list(words.answered, p.answered.map(name => line("li", topic_(name)))));
  const filled = Object.entries(p.form);
  if (filled.length) facts.append(list(words.form, filled.map(([name, value]) => data("li", name + ": " + value))));
  const rows = [[words.about_language, tongue(p.language)], [words.about_channel, { en: p.channel, zh: p.channel }], [words.about_customer, { en: who_(p), zh: who_(p) }]];
  const dl = make("dl"); rows.forEach(([name, value]) => { const dd = make("dd"); dd.append(say(value)); dl.append(line("dt", name), dd); });
  facts.append(dl);
}

// ---- the right topic of a message
function show_messages() {
  const chosen = by("message").value, found = packet.entries.filter(e => e.kind === "message" && e.id);
  by("message").replaceChildren(...found.map(e => new Option((e.text || "–").slice(0, 70), e.id)));
  by("message").value = found.some(e => e.id === chosen) ? chosen : found.length ? found[found.length - 1].id : "";
}
// The name of a topic from what was typed: its name, or its title in either language.
function topic_of(text) {
  const typed = text.trim().toLowerCase();
  return Object.keys(titles).find(name => name.toLowerCase() === typed) || Object.keys(titles).find(name => Object.values(titles[name]).some(t => t.toLowerCase() === typed));
}
by("mark").addEventListener("submit", async event => {
  event.preventDefault();
  const topic = topic_of(by("topic").value), place = by("marked");
  by("topic").toggleAttribute("aria-invalid", false);
  if (!topic) { put_in(place, words.no_topic); by("topic").setAttribute("aria-invalid", "true"); by("topic").focus(); return; }
  if (!named(text => put_in(place, text))) return;
  await busy(event.submitter || by("mark").querySelector("button"), place, async () => {
    await ask(path(current, "topic"), { staff: staff(), topic, message: by("message").value });
    put_in(place, one("kept", { topic: topic_(topic) })); by("topic").value = ""; look();
  });
});
function show_topics() {
  by("topics").replaceChildren(...Object.keys(titles).sort().map(name => { const o = new Option(topic_(name)[root.lang], name); return o; }));
}
document.addEventListener("language", show_topics);
(async () => {
  again();
  try { titles = (await ask("v1/desk/topics")).topics; ready = (await ask("v1/desk/answers")).answers; } catch (error) { put_in(by("offline"), one("refused", { why: error.message })); by("offline").hidden = false; }
  show_topics(); if (packet) show_again();
})();
