"use strict";
// The supervisor's figures, groups of questions without an answer, and answers to check.
const share_ = s => s === null || s === undefined ? words.unknown : s > 0 && s < 0.1 ? { en: (100 * s).toFixed(1) + " %", zh: (100 * s).toFixed(1) + "%" } : s === 0 ? { en: "0 %", zh: "0%" } : s === 1 ? { en: "100 %", zh: "100%" } : percent(s);
const both_ = (f, low, high) => low === null || high === null || low === undefined ? "" : one("range", { low: f(low), high: f(high) });
const plain = digits => v => ({ en: v.toFixed(digits), zh: v.toFixed(digits) });
const dollars = v => ({ en: usd(v), zh: usd(v) });
const NS_ = "http://www.w3.org/2000/svg";
const shape = (kind, set) => { const e = document.createElementNS(NS_, kind); for (const k in set) e.setAttribute(k, set[k]); return e; };

function tile(name, value, beside, level) {
  const box = make("div", undefined, "tile " + (level || "")), dd = make("dd"), b = make("b");
  b.append(say(value)); dd.append(b); if (beside) { const s = make("span"); s.append(say(beside)); dd.append(s); }
  box.append(line("dt", name), dd); return box;
}
function tiles(f) {
  const dl = make("dl", undefined, "tiles"), first = f.first_answer.first, error = f.error;
  dl.append(tile(words.handled, { en: whole(f.handled), zh: whole(f.handled) }, one("open_now", { open: f.open, unanswered: f.unanswered })));
  dl.append(tile(words.automation, share_(f.automation.value), both_(share_, f.automation.low, f.automation.high)));
  dl.append(tile(words.resolved, share_(f.autonomous.value), both_(share_, f.autonomous.low, f.autonomous.high), "good"));
  dl.append(tile(words.first, first.median.value === null ? words.unknown : span(first.median.value), first.p90.value === null ? null : one("nine", { time: span(first.p90.value) })));
  dl.append(tile(words.error, share_(error.value), f.checked ? one("checked", { n: f.checked }) : words.unchecked, f.checked ? "" : "warning"));
  return dl;
}
function bars_of(f) {
  const figure = make("figure", undefined, "bars"), ul = make("ul");
  figure.append(line("figcaption", words.ends));
  for (const name of ["confirmed", "silent", "unsolved", "reopened"]) {
    const s = f.ends[name], li = make("li"), svg = shape("svg", { class: "bar", height: 20, "aria-hidden": "true" });
    svg.append(shape("rect", { class: "fill " + (name === "confirmed" ? "traditional" : "other"), x: "0%", width: Math.max(100 * (s.value || 0), 0.3).toFixed(1) + "%", y: 3, height: 14 }));
    if (s.low !== null) svg.append(shape("line", { class: "whisker", x1: (100 * s.low).toFixed(1) + "%", x2: (100 * s.high).toFixed(1) + "%", y1: 10, y2: 10 }));
    const much = make("span", undefined, "much"), shown = share_(s.value); much.append(say({ en: shown.en + " (" + s.count + ")", zh: shown.zh + "（" + s.count + "）" }));
    li.append(line("span", words[name], "what"), svg, much); ul.append(li);
  }
  figure.append(ul, line("p", words.ends_note, "soft")); return figure;
}
const counted = (name, s) => [words[name], share_(s.value), both_(share_, s.low, s.high), s.count + " / " + s.of];
const measured = (name, v, form, n) => [words[name], v.value === null ? words.unknown : form(v.value), both_(form, v.low, v.high), n];
function all_of(f) {
  const rows = [counted("f_autonomous", f.autonomous), counted("f_automation", f.automation), counted("f_assisted", f.assisted), counted("f_durable", f.durable), counted("f_handed_off", f.handed_off), counted("f_not_replied", f.not_replied), counted("f_reopened", f.reopened), measured("f_error", f.error, share_, whole(f.checked))];
  for (const [name, who] of [["f_first", "first"], ["f_bot", "bot"], ["f_people", "people"]]) rows.push(measured(name, f.first_answer[who].median, span, whole(f.first_answer[who].count)));
  rows.push(measured("f_depth", f.depth, plain(1), whole(f.handled)));
  if (f.usd_per_contact) rows.push(measured("f_cost", f.usd_per_contact, dollars, whole(f.handled)));
  if (f.hours_saved !== null) rows.push([words.f_hours, plain(1)(f.hours_saved), "", ""]);
  return captioned([words.name, words.value, words.interval, words.of], rows, words.more);
}
function captioned(head, rows, caption) { const t = table(head, rows); t.querySelector("table").createCaption().append(say(caption)); t.setAttribute("role", "region"); t.setAttribute("aria-label", caption[root.lang]); return t; }
const change = v => v === null ? words.unknown : Math.abs(v) < 0.005 ? words.as_much : one(v < 0 ? "less" : "more_than", { share: percent(Math.abs(v)) });
function baseline(f) {
  const b = f.baseline;
  if (!b) return [line("div", words.no_baseline, "note")];
  return [line("p", one("baseline", { minutes: b.minutes_to_first_answer, usd: usd(b.usd_per_contact), faster: change(b.faster), cheaper: change(b.cheaper) }))];
}
function grouped(name, groups, title) {
  if (!groups.length) return [];
  const rows = groups.map(g => [title(g.name), whole(g.handled), ...[g.without_person, g.confirmed, g.handed_off].map(s => share_(s.value))]);
  return [captioned([words[name === "languages" ? "language" : "topic"], words.contacts, words.without, words.g_confirmed, words.g_handed], rows, words[name])];
}
function show_figures(f) {
  const place = by("figures");
  if (!f.handled) { place.replaceChildren(line("p", words.no_data, "empty"), ...baseline(f)); return; }
  const reasons = Object.entries(f.reasons).map(([reason, n]) => [why(reason), whole(n)]), notes = [];
  if (f.undecided) notes.push(line("p", one("undecided", { n: whole(f.undecided) }), "soft"));
  if (f.unmatched) notes.push(line("p", one("unmatched", { n: whole(f.unmatched) }), "soft"));
  place.replaceChildren(tiles(f), ...baseline(f), bars_of(f), all_of(f), ...notes, ...(reasons.length ? [captioned([words.reason, words.contacts], reasons, words.reasons)] : []), ...grouped("languages", f.languages, tongue), ...grouped("topics", f.topics, topic_));
}
async function figures_() {
  try { const found = await ask("v1/desk/figures?days=" + by("days").value); show_figures(found); hear(one("figures_of", { n: whole(found.handled) })); } catch (error) { failed(by("figures"), error); }
}
by("days").addEventListener("change", figures_);

// ---- questions without an answer
const labelled = (text, field, id) => { const box = make("div", undefined, "field"), l = line("label", text); l.htmlFor = field.id = id; box.append(l, field); return box; };
function group(g, number) {
  const box = make("article", undefined, "group-of"), top = make("div", undefined, "line"), ul = make("ul"), form = make("form", undefined, "name-it"), input = make("input"), go = line("button", words.name_go), told = make("div");
  top.append(line("b", one("group_size", { n: whole(g.size) })), line("span", one("group_before", { n: whole(g.before) }), "soft"));
  if (g.growing) top.append(line("span", words.growing, "badge"));
  if (g.nearest) top.append(line("span", one("nearest", { topic: topic_(g.nearest) }), "soft"));
  ul.append(...g.examples.map(text => data("li", text)));
  input.setAttribute("list", "topics"); input.autocomplete = "off"; input.maxLength = 200; input.required = true; told.setAttribute("role", "status");
  go.type = "submit"; form.append(labelled(words.name_it, input, "name-" + number), go); box.append(top, ul, form, told);
  let make_it = null;
  const name = (topic, fresh, button) => busy(button, told, async () => {
    const kept = await ask("v1/desk/unanswered", { staff: staff(), topic, messages: g.members.map(m => m[1]), new: fresh });
    form.remove(); put_in(told, one("named", { n: whole(kept.named), topic: topic_(topic) })); next_field(box).focus();
  }).then(() => keep_focus(make_it, () => input));
  form.addEventListener("submit", event => {
    event.preventDefault();
    if (!named(text => put_in(told, text))) return;
    const typed = input.value.trim(), known = topic_of(typed);
    if (known || !typed) { if (known) name(known, false, go); return; }
    make_it = line("button", words.make_go); make_it.type = "button";
    make_it.addEventListener("click", () => name(typed, true, make_it));
    told.replaceChildren(line("p", one("make_new", { topic: typed })), make_it); make_it.focus();
  });
  return box;
}
async function groups_() {
  const place = by("groups");
  if (!place.childElementCount) put_in(place, words.loading);
  try {
    const found = await ask("v1/desk/unanswered"), about = line("p", one("groups_told", { questions: whole(found.questions), before: whole(found.before), alone: whole(found.alone) }), "soft");
    if (found.left_out) about.append(" ", line("span", one("left_out", { n: whole(found.left_out) })));
    place.replaceChildren(about, ...(found.groups.length ? found.groups.map(group) : [line("p", words.no_groups, "empty")]));
  } catch (error) { failed(place, error); }
}

// ---- answers to check
function answer(a, number) {
  const box = make("article", undefined, "group-of"), right = line("button", words.was_right, "main"), wrong = line("button", words.save), input = make("input"), form = make("form", undefined, "name-it"), told = make("div");
  told.setAttribute("role", "status"); right.type = "button"; wrong.type = "submit"; input.setAttribute("list", "topics"); input.autocomplete = "off";
  box.append(line("h3", words.question), data("p", a.question), line("h3", one("said", { topic: topic_(a.topic) })), data("p", a.answer, "soft"));
  form.append(right, labelled(words.was_wrong, input, "right-" + number), wrong); box.append(form, told);
  const keep = (topic, button) => busy(button, told, async () => {
    await ask(path(a.conversation, "topic"), { staff: staff(), topic, message: a.message, audit: a.weight });
    form.remove(); put_in(told, words.audit_kept); next_field(box).focus();
  });
  const ask_name = () => named(text => put_in(told, text));
  right.addEventListener("click", () => { if (ask_name()) keep(a.topic, right); });
  form.addEventListener("submit", event => {
    event.preventDefault();
    const topic = topic_of(input.value);
    input.toggleAttribute("aria-invalid", false);
    if (!topic) { put_in(told, words.no_topic); input.setAttribute("aria-invalid", "true"); input.focus(); return; }
    if (ask_name()) keep(topic, wrong);
  });
  return box;
}
async function audit_() {
  const place = by("audit");
  try {
    const found = await ask("v1/desk/audit"), said = { checked: whole(found.checked), of: whole(found.of), needed: whole(found.needed), budget: share_(found.budget), sure: share_(found.sure) };
    place.replaceChildren(line("p", one("audit_told", said), "soft"), ...(found.answers.length ? found.answers.map(answer) : [line("p", words.audit_none, "empty")]));
  } catch (error) { failed(place, error); }
}
document.addEventListener("view", event => ({ figures: figures_, unanswered: groups_, audit: audit_ })[event.detail]());
