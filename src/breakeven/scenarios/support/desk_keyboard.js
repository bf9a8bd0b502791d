"use strict";
// The desk without a mouse: the focus always stands on something that is seen, and what was done is said to those who do not see it.
const hear = text => put_in(by("heard"), text);
const shown = e => Boolean(e) && e.isConnected && e.getClientRects().length > 0 && !e.disabled;
const held = () => document.activeElement === document.body ? null : document.activeElement;
const item_of = conversation => $(".item").find(b => b.dataset.conversation === conversation);
const filter_ = () => document.querySelector("input[name=status]:checked");

// Where work goes on once a conversation is done with: the first other one of the queue; the filter, where there is none. On a
// narrow screen, where the queue is not seen beside a conversation, the way back to it.
function go_on() {
  const place = [...$(".item").filter(b => b.dataset.conversation !== current), filter_(), by("back"), by("talk-title")].find(shown);
  if (place) place.focus();
}
// What had the focus may be gone by now: hidden, or taken out of the page.
function keep_focus(had, other) { if (had && !shown(had)) { const place = other(); if (shown(place)) place.focus(); } }
// The next field or button behind an element that is done with, else one before it.
function next_field(box) {
  for (const way of ["nextElementSibling", "previousElementSibling"])
    for (let e = box[way]; e; e = e[way]) { const field = $("input, button", e).find(shown); if (field) return field; }
  return document.querySelector("[data-view][aria-current]");
}

// Who is asked for a name goes back to what needed it.
let needed = null;
function named(told = tell) {
  if (staff()) return true;
  needed = held(); told(words.name_first); by("staff").setAttribute("aria-invalid", "true"); by("staff").focus(); return false;
}
by("who").addEventListener("submit", event => {
  event.preventDefault();
  const back = needed; needed = null;
  if (shown(back)) back.focus(); else go_on();
});

// Escape leaves a conversation for its place in the queue, with what was typed kept; fields with lists of their own close those by it.
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.isComposing || !current || !event.target.closest("#talk, #packet") || event.target.matches("#topic, select")) return;
  event.preventDefault();
  if (shown(by("back"))) { by("back").click(); return; }
  const place = item_of(current);
  if (shown(place)) place.focus(); else go_on();
});
by("back").addEventListener("click", () => { const was = current; close_talk(); const place = item_of(was); if (shown(place)) place.focus(); else go_on(); });
by("queue").addEventListener("keydown", event => {
  const all = $(".item"), at = all.indexOf(document.activeElement), to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (all[to]) all[to].focus();
});
