"use strict";
// The language of a page, and how its scripts write texts, numbers and tables in both.
const $ = (all, from = document) => [...from.querySelectorAll(all)];
const root = document.documentElement;
function speak(language) {
  root.lang = language === "zh" ? "zh" : "en"; root.classList.toggle("zh", language === "zh");
  const chosen = document.getElementById(language); if (chosen) chosen.checked = true;
  // Where no element may stand: options, the page's title.
  $("[data-zh]").forEach(e => { e.textContent = e.dataset[root.lang]; });
  // The report may run apart from the page that links to it, where it remembers nothing.
  $("a.keeps-language").forEach(e => { e.search = "lang=" + root.lang; });
  document.dispatchEvent(new Event("language"));
}
const remembered = key => { try { return localStorage.getItem(key); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a file may keep nothing */ } };
$(".switch input").forEach(input => input.addEventListener("change", () => { remember("language", input.id); speak(input.id); }));
const asked = new URLSearchParams(location.search).get("lang");
speak([asked, remembered("language"), navigator.language.slice(0, 2)].find(l => l === "en" || l === "zh") || "en");

const make = (kind, text, name) => { const e = document.createElement(kind); if (text !== undefined) e.textContent = text; if (name) e.className = name; return e; };
// A text in both languages: the page shows one of them.
const say = words => { const e = document.createDocumentFragment();
  for (const l of ["en", "zh"]) { const s = make("span", words[l]); s.lang = l; e.append(s); } return e; };
const fill = (words, values) => ({ en: put(words.en, values, "en"), zh: put(words.zh, values, "zh") });
const put = (text, values, l) => text.replace(/\{(\w+)\}/g, (_, k) => typeof values[k] === "object" ? values[k][l] : values[k]);
const paragraph = words => { const p = make("p"); p.append(say(words)); return p; };
const whole = n => n.toLocaleString("en-US", { maximumFractionDigits: 0 });
const usd = n => n === 0 ? "$0" : n < 0.005 ? "<$0.01" : n < 100 ? "$" + n.toFixed(2) : "$" + whole(n);
const percent = p => p < 0.01 ? { en: "less than 1 %", zh: "不到 1%" } : p > 0.99 ? { en: "more than 99 %", zh: "超过 99%" } : { en: Math.round(100 * p) + " %", zh: Math.round(100 * p) + "%" };
function table(head, rows, marked) {
  const box = make("div", undefined, "scroll"), t = make("table"), top = t.createTHead().insertRow(), body = t.createTBody();
  box.tabIndex = 0;
  head.forEach((h, i) => { const th = make("th", undefined, i ? "n" : ""); th.scope = "col"; th.append(say(h)); top.append(th); });
  rows.forEach((row, r) => { const tr = body.insertRow(); if (r === marked) tr.className = "marked";
    row.forEach((c, i) => { const cell = make(i ? "td" : "th", undefined, i ? "n" : ""); if (!i) cell.scope = "row"; cell.append(typeof c === "object" ? say(c) : c); tr.append(cell); }); });
  box.append(t); return box;
}
