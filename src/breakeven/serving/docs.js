"use strict";
// The page /docs: commands with this service's own address, and forms that send a request and show what comes back.
const words = JSON.parse(document.getElementById("about").dataset.words), base = location.href.replace(/[^/]*([?#].*)?$/, "").replace(/\/$/, "");
const MOST = 20000, key = document.getElementById("key");
$(".snippet").forEach(e => { e.textContent = e.textContent.replaceAll("http://127.0.0.1:8000", base); });
if (location.hash) { const e = document.getElementById(decodeURIComponent(location.hash.slice(1))); if (e && e.tagName === "DETAILS") e.open = true; }
$(".operation").forEach(e => e.addEventListener("toggle", () => { if (e.open) history.replaceState(null, "", "#" + e.id); }));
function result(place, status, ms, text) {
  const pre = make("pre"); pre.tabIndex = 0;
  try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* a page or a text */ }
  pre.textContent = text.slice(0, MOST);
  place.replaceChildren(paragraph(fill(words.answered, { status, ms })), pre);
  if (text.length > MOST) place.append(paragraph(fill(words.shown, { count: whole(MOST) })));
}
$(".attempt").forEach(form => {
  const place = form.querySelector(".reply"), area = form.querySelector("textarea"), button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", event => {
    event.preventDefault();
    busy(button, place, async () => {
      let path = form.dataset.path; const query = new URLSearchParams();
      $("input", form).forEach(i => { if (i.dataset.in === "path") path = path.replace("{" + i.dataset.name + "}", encodeURIComponent(i.value)); else if (i.value !== "") query.append(i.dataset.name, i.value); });
      if (area) { try { JSON.parse(area.value); } catch (error) { place.replaceChildren(paragraph(fill(words.not_json, { why: error.message }))); area.focus(); return; } }
      place.replaceChildren(paragraph(words.working));
      const start = performance.now(), reply = await send(base + path + (query.size ? "?" + query : ""), form.dataset.method, area ? area.value : undefined, key && key.value ? { "x-api-key": key.value.trim() } : {});
      result(place, reply.status, Math.round(performance.now() - start), await reply.text());
    });
  });
});
