"use strict";
// The one place where pages ask their service; `ask` takes and gives JSON, and fails with the words of the service.
const TOKEN = document.querySelector("meta[name=page-token]").content;
function send(path, method, text, more = {}) {
  const headers = { accept: "application/json", "x-page-token": TOKEN, ...more };
  if (text !== undefined) headers["content-type"] = "application/json";
  return fetch(path, { method, headers, body: text });
}
async function ask(path, body) {
  const reply = await (body === undefined ? send(path, "GET") : send(path, "POST", JSON.stringify(body)));
  const text = await reply.text();
  let told = null;
  try { told = JSON.parse(text); } catch { /* a proxy between may answer in words of its own */ }
  if (!reply.ok) throw Object.assign(new Error((told && told.error) || reply.status + " " + reply.statusText), { where: told && told.where, status: reply.status });
  if (told === null) throw new Error(reply.status + ": " + text.slice(0, 200));
  return told;
}
// A file made in the page, saved by the browser.
function save(name, text, type) {
  const link = make("a"); link.href = URL.createObjectURL(new Blob([text], { type })); link.download = name;
  document.body.append(link); link.click(); link.remove(); setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
// A button that cannot be pressed again until what it started is done; what goes wrong is shown in `place`.
async function busy(button, place, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); place.setAttribute("aria-busy", "true");
  try { await work(); } catch (error) { failed(place, error); }
  finally { button.removeAttribute("aria-disabled"); place.removeAttribute("aria-busy"); }
}
const unreachable = { en: "The service cannot be reached. Is it still running? Try again.", zh: "无法连接服务。它还在运行吗？请重试。" };
function failed(place, error) {
  const note = make("div", undefined, "note warning"); note.setAttribute("role", "alert");
  if (error instanceof TypeError || error.words) note.append(say(error.words || unreachable)); else note.textContent = error.message;
  place.replaceChildren(note);
}
