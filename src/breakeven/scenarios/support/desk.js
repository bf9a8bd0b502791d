"use strict";
// The desk: the queue, the open conversation, what the staff do with it. What customers wrote is put into the page as text alone.
const by = id => document.getElementById(id), words = JSON.parse(by("desk").dataset.words), called_ = document.title;
const EVERY = 2000, ASIDE = 10000;  // milliseconds between two looks; while the page is not seen
const KEPT = "desk-drafts", drafts = new Map(kept()), names = new Map();  // what was typed, and the id under which a reply is stored once, by conversation
let current = null, packet = null, listed = "", waiting = null, reached = true;
// Drafts outlive a reload of the page, and end with its tab.
function kept() { try { return JSON.parse(sessionStorage.getItem(KEPT)) || []; } catch { return []; } }
function keep() { try { sessionStorage.setItem(KEPT, JSON.stringify([...drafts].filter(([, text]) => text))); } catch { /* a browser may keep nothing */ } }
const staff = () => by("staff").value.trim();
const status_ = () => document.querySelector("input[name=status]:checked").value;
const mine = () => Boolean(packet) && packet.status === "person" && packet.staff === staff();
const one = (name, values) => fill(words[name], values || {});
const put_in = (place, text) => place.replaceChildren(...(text ? [say(text)] : []));
const line = (kind, text, name) => { const e = make(kind, undefined, name); e.append(say(text)); return e; };
const data = (kind, text, name) => { const e = make(kind, text, name); e.dir = "auto"; return e; };
const span = s => s < 0.95 ? words.moment : s < 90 ? one("seconds", { n: Math.round(s) }) : s < 5400 ? one("minutes", { n: Math.round(s / 60) }) : s < 172800 ? one("hours", { n: Math.round(s / 3600) }) : one("days", { n: Math.round(s / 86400) });
const why = reason => words["reason." + reason] || (reason ? { en: reason, zh: reason } : words.not_said);
const path = (conversation, action) => "v1/desk/conversations/" + encodeURIComponent(conversation) + (action ? "/" + action : "");
const unique = () => Date.now().toString(36) + "-" + [...crypto.getRandomValues(new Uint32Array(3))].map(n => n.toString(36)).join("");

// Who it is: a visitor without a name is known by the channel and the first letters of the conversation.
const who_ = c => c.customer === c.conversation ? c.channel + " · " + c.conversation.slice(0, 6) : c.customer.slice(0, 60);

// ---- the queue
function item(c) {
  const li = make("li"), b = make("button", undefined, "item"), top = make("span", undefined, "line");
  b.type = "button"; b.dataset.conversation = c.conversation;
  if (c.conversation === current) b.setAttribute("aria-current", "true");
  top.append(data("b", who_(c)));
  if (c.risk === "high") top.append(line("span", words.high, "badge"));
  const waits = make("span", undefined, "waits"); waits.dataset.waits = c.conversation; top.append(waits);
  b.append(top, data("span", c.last_text || "", "last"));
  const third = c.status === "person" ? one("status_person", { staff: c.staff }) : c.reason ? why(c.reason) : null;
  if (third) b.append(line("small", third));
  b.addEventListener("click", () => open_(c.conversation));
  li.append(b); return li;
}
function show_queue(found) {
  const seen = JSON.stringify([found.conversations.map(({ waiting_seconds, ...c }) => c), current]);
  if (seen !== listed) {
    const had = held(), at = had && had.dataset.conversation, place = $(".item").indexOf(had);
    const none = line("li", words[{ waiting: "no_one", person: "no_taken", bot: "no_bot" }[status_()]], "empty");
    by("queue").replaceChildren(...(found.conversations.length ? found.conversations.map(item) : [none]));
    listed = seen;
    if (at) (item_of(at) || $(".item")[Math.min(place, found.conversations.length - 1)] || filter_()).focus();
  }
  for (const c of found.conversations) { const e = $("[data-waits]").find(e => e.dataset.waits === c.conversation); if (e && c.waiting_seconds) put_in(e, span(c.waiting_seconds)); }
  for (const s of ["waiting", "person", "bot"]) by("n-" + s).textContent = whole(found[s]);
  by("count").textContent = found.waiting; by("count").hidden = !found.waiting;
  if (waiting !== null && found.waiting > waiting) hear(one("listed_waiting", { n: whole(found.waiting) }));
  waiting = found.waiting;
  document.title = (found.waiting ? "(" + found.waiting + ") " : "") + called_;
}

// ---- one conversation
async function open_(conversation) {
  current = conversation; packet = null; listed = "";
  $(".item").forEach(b => b.toggleAttribute("aria-current", false));
  for (const id of ["log", "told", "marked", "gone"]) by(id).replaceChildren();
  by("topic").value = ""; by("topic").removeAttribute("aria-invalid"); by("text").value = drafts.get(conversation) || "";
  by("log").setAttribute("aria-busy", "true");  // the messages that are there already are not read out
  await look();
  by("log").removeAttribute("aria-busy");
  if (packet && conversation === current) by("talk-title").focus();
}
function close_talk() { current = null; packet = null; listed = ""; show_packet(); look(); }
async function look_at_conversation() {
  const asked = current;
  if (!asked) return;
  try {
    const found = await ask(path(asked));
    if (asked !== current) return;
    const same = packet && JSON.stringify([packet.entries.length, packet.status, packet.staff, packet.topics]) === JSON.stringify([found.entries.length, found.status, found.staff, found.topics]);
    packet = found;
    if (same) waited(); else show_packet();
  } catch (error) {
    if (error.status !== 404 || asked !== current) throw error;
    close_talk(); by("gone").replaceChildren(line("div", words.gone, "note warning")); hear(words.gone); go_on();
  }
}
function tell(text, level = "warning") {
  if (!text) { by("told").replaceChildren(); return; }
  by("told").replaceChildren(line("div", text, "note " + level));
}
// What a member of the staff does; true where it was done, which is said. Who was not fast enough is told who has the conversation.
async function act(button, action, body, done) {
  const asked = current;
  if (!asked || !named() || button.getAttribute("aria-disabled") === "true") return false;
  button.setAttribute("aria-disabled", "true");
  try {
    await ask(path(asked, action), { staff: staff(), ...body });
    tell(); await look(); hear(words[done]); return true;
  } catch (error) {
    await look();
    const other = error.status === 409 && packet && packet.status === "person" && packet.staff !== staff();
    if (asked === current) tell(other ? one(action === "take" ? "taken_by_other" : "lost", { staff: packet.staff }) : error instanceof TypeError ? words.offline : one("refused", { why: error.message }));
    return false;
  } finally { button.removeAttribute("aria-disabled"); }
}
function acts(id, action, body, done, then) {
  by(id).addEventListener("click", async () => { const asked = current; if (await act(by(id), action, body, done) && asked === current) then(); });
}
acts("take", "take", {}, "did_take", () => by("text").focus());
acts("return", "return", {}, "did_return", () => go_on());
acts("close", "close", {}, "did_close", () => go_on());
acts("solved", "close", { solved: true }, "did_solved", () => go_on());
by("text").addEventListener("input", () => { if (current) { drafts.set(current, by("text").value); keep(); } });
by("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); by("reply").requestSubmit(); }
});
by("reply").addEventListener("submit", async event => {
  event.preventDefault();
  const asked = current, text = by("text").value.trim(), key = asked + "\n" + text;
  if (!text || !asked) return;
  if (!names.has(key)) names.set(key, unique());
  if (!await act(by("send"), "reply", { text, id: names.get(key) }, "did_reply")) return;
  names.delete(key);
  if (drafts.get(asked) && drafts.get(asked).trim() === text) { drafts.delete(asked); keep(); }
  if (asked === current && by("text").value.trim() === text) by("text").value = "";
  if (asked === current) by("text").focus();
});

// ---- looking again and again
let waiting_for = null, looking = null;
async function look_once() {
  try {
    const chosen = status_(), found = await ask("v1/desk/queue?status=" + chosen);
    if (chosen === status_()) show_queue(found);
    await look_at_conversation();
    reached = true;
  } catch (error) {
    reached = false;
    put_in(by("offline"), error instanceof TypeError ? words.offline : one("refused", { why: error.message }));
  }
  by("offline").hidden = reached;
}
// Looks never overlap; one that is asked for while another is under way follows it.
async function look() {
  const before = looking;
  const now = looking = (async () => { if (before) await before; await look_once(); })();
  await now;
  if (looking === now) looking = null;
}
async function again() { clearTimeout(waiting_for); await look(); clearTimeout(waiting_for); waiting_for = setTimeout(again, document.hidden ? ASIDE : EVERY); }
document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
$("input[name=status]").forEach(input => input.addEventListener("change", async () => {
  listed = ""; await again();
  if (reached && input.checked) hear(one("listed_" + input.value, { n: by("n-" + input.value).textContent }));
}));
by("staff").addEventListener("input", () => { remember("desk-staff", staff()); by("staff").removeAttribute("aria-invalid"); if (packet) show_packet(); });
by("staff").value = remembered("desk-staff") || "";
document.addEventListener("language", () => { if (packet) show_again(); });

// ---- parts of the page
const VIEWS = $("[data-view]").map(b => b.dataset.view);
function view(name) {
  $("[data-view]").forEach(b => { if (b.dataset.view === name) b.setAttribute("aria-current", "page"); else b.removeAttribute("aria-current"); });
  VIEWS.forEach(v => { by("view-" + v).hidden = v !== name; });
  if (name !== "work") document.dispatchEvent(new CustomEvent("view", { detail: name }));
}
$("[data-view]").forEach(b => b.addEventListener("click", () => view(b.dataset.view)));
