"use strict";
// A chat window for any page: <breakeven-chat src="https://desk.example" key="..." lang="auto" title="Help"></breakeven-chat>.
// Further attributes: inline, open, side="left", theme="light|dark", customer. What is written is shown as text, never as markup. Messages are
// known by the numbers that the service gives them, and by ids of this page until then: nothing is shown or stored twice.
(() => {
const WORDS = {
  en: { title: "Chat", open: "Open chat", close: "Close chat", unread: n => `${n} unread`, log: "Messages", write: "Write a message", send: "Send",
    notice: "An AI assistant answers here; its answers are marked. It can be wrong.", human: "You are writing with a person.", person: "Talk to a person", ask: "agent", you: "You", ai: "AI assistant",
    staff: "Staff", typing: "The AI assistant is writing", source: "Source: ", sending: "sending", waits: "waiting for a connection", failed: "Not sent.",
    retry: "Send again", offline: "No connection. What you write is sent when it is back.", refused: "The chat is not available at the moment.",
    handoff: "A person was asked to join. You can go on writing.", taken: "A person has joined.", returned: "The AI assistant answers again.",
    closed: "This conversation has ended. Write at any time to go on.", bot: "AI assistant", waiting: "Waiting for a person", choices: "Possible answers",
    end: "End chat", solved: "Was your question solved?", yes: "Yes", no: "No", back: "Go on", hello: "Hello! What can we help you with?", new: "New message" },
  zh: { title: "在线客服", open: "打开聊天", close: "关闭聊天", unread: n => `${n} 条未读`, log: "消息", write: "输入消息", send: "发送",
    notice: "由 AI 助手回答，回答均有标注，可能出错。", human: "正在与您对话的是人工客服。", person: "转人工", ask: "人工", you: "您", ai: "AI 助手",
    staff: "人工客服", typing: "AI 助手正在输入", source: "来源：", sending: "发送中", waits: "等待网络", failed: "未发送。",
    retry: "重新发送", offline: "网络已断开，恢复后将自动发送。", refused: "聊天暂时无法使用。",
    handoff: "已请求人工客服，您可以继续留言。", taken: "人工客服已加入。", returned: "由 AI 助手继续回答。",
    closed: "会话已结束，随时留言即可继续。", bot: "AI 助手", waiting: "等待人工客服", choices: "可选答案",
    end: "结束会话", solved: "问题解决了吗？", yes: "已解决", no: "未解决", back: "继续聊", hello: "您好！请问有什么可以帮您？", new: "新消息" },
};
const STYLE = `
:host { --_a:var(--breakeven-accent,#1d4ed8); --_on:var(--breakeven-on-accent,#fff); --_paper:#fff; --_ink:#1c2430; --_soft:#596273; --_wash:#f0f2f6; --_line:#d8dde6; --_edge:#78839a; --_bad:#b3261e;
  --_link:var(--breakeven-link,var(--breakeven-accent,#1d4ed8)); color-scheme:light; font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif; color:var(--_ink); text-align:start }
:host([hidden]) { display:none } :host([inline]) { display:block; height:560px }
:host([dark]) { --_paper:#161a21; --_ink:#e8ebf1; --_soft:#a5aebf; --_wash:#242a35; --_line:#343c4a; --_edge:#8590a6; --_bad:#ff9d94; --_link:var(--breakeven-link,#9dbcff); color-scheme:dark }
* { box-sizing:border-box } [hidden] { display:none!important } button,textarea { font:inherit; color:inherit }
button { cursor:pointer } :focus-visible { outline:3px solid var(--_link); outline-offset:2px }
.bubble { position:fixed; z-index:var(--breakeven-z,2147483000); inset-block-end:max(20px,env(safe-area-inset-bottom)); inset-inline-end:20px; width:60px; height:60px; border:0; border-radius:50%; background:var(--_a);
  color:var(--_on); box-shadow:0 4px 16px rgb(0 0 0/.28); display:grid; place-items:center; transition:transform .15s } .bubble:hover { transform:scale(1.05) } .bubble svg { width:28px; height:28px }
:host([side=left]) .bubble, :host([side=left]) .panel { inset-inline:20px auto }
.badge { position:absolute; inset-block-start:-4px; inset-inline-end:-4px; min-width:24px; padding:0 6px; border-radius:12px; background:#b3261e; color:#fff; font-size:14px; line-height:24px; font-weight:700; text-align:center }
.panel { position:fixed; z-index:var(--breakeven-z,2147483000); inset-block-end:20px; inset-inline-end:20px; width:384px; max-width:calc(100vw - 24px); height:min(640px,calc(100dvh - 40px)); display:flex; flex-direction:column;
  background:var(--_paper); border:1px solid var(--_line); border-radius:14px; box-shadow:0 12px 40px rgb(0 0 0/.25); overflow:hidden }
:host([inline]) .panel { position:static; width:100%; max-width:none; height:100%; box-shadow:none; z-index:auto }
header { display:flex; align-items:center; gap:8px; padding:10px 16px; padding-inline-end:8px; background:var(--_a); color:var(--_on) } header div { flex:1; min-width:0 } h2 { margin:0; font-size:17px; line-height:1.3; overflow-wrap:anywhere } header p { margin:0; font-size:14px }
.icon { border:0; background:none; width:40px; height:40px; border-radius:8px; display:grid; place-items:center; flex:none } .icon svg { width:22px; height:22px } header :focus-visible { outline-color:var(--_on); outline-offset:-3px }
.notice { margin:0; padding:7px 16px; font-size:14px; line-height:1.35; color:var(--_soft); background:var(--_wash); border-block-end:1px solid var(--_line) }
.log { flex:1; min-height:0; overflow-y:auto; overscroll-behavior:contain; padding:14px 16px; display:flex; flex-direction:column; gap:10px } .log:focus-visible { outline-offset:-3px }
.m { max-width:86%; align-self:flex-start } .m.mine { align-self:flex-end } .who { font-size:14px; color:var(--_soft); margin:0 4px 2px } .mine .who { text-align:end }
.text { padding:8px 12px; border-radius:12px; background:var(--_wash); white-space:pre-wrap; overflow-wrap:anywhere; border:1px solid transparent } .mine .text { background:var(--_a); color:var(--_on) } .person .text { background:var(--_paper); border-color:var(--_edge) }
.text a { color:inherit } .cite { font-size:14px; color:var(--_soft); margin:3px 4px 0; overflow-wrap:anywhere } .cite a { color:var(--_link) } .state { font-size:14px; color:var(--_soft); margin:2px 4px 0; text-align:end } .state.bad { color:var(--_bad) }
.line { align-self:center; text-align:center; font-size:14px; color:var(--_soft); margin:2px 12px } .choices { display:flex; flex-wrap:wrap; gap:8px; margin:8px 0 2px }
.choices button, .choices a, .bar button { min-height:40px; padding:6px 14px; border-radius:20px; border:1px solid var(--_link); background:var(--_paper); color:var(--_link); text-decoration:none; text-align:start; overflow-wrap:anywhere } .choices button:hover, .bar button:hover { background:var(--_wash) }
.plain { border:0; background:none; color:var(--_link); text-decoration:underline; padding:4px 6px; min-height:32px }
.dots { align-self:flex-start; display:flex; gap:5px; padding:13px 14px; border-radius:12px; background:var(--_wash) } .dots i { width:7px; height:7px; border-radius:50%; background:var(--_soft); animation:b 1.2s infinite } .dots i:nth-of-type(2) { animation-delay:.2s } .dots i:nth-of-type(3) { animation-delay:.4s }
@keyframes b { 0%,60%,100% { opacity:.35 } 30% { opacity:1 } }
.told { margin:0; padding:7px 16px; font-size:14px; color:var(--_bad); background:var(--_wash) } .told:empty { display:none }
.bar { display:flex; flex-wrap:wrap; align-items:center; gap:6px 8px; padding:8px 12px 0 } .bar span { font-size:14px } .bar button { min-height:36px; padding:3px 12px; font-size:14px } .bar .plain { border:0; margin-inline-start:auto; color:var(--_soft) }
form { display:flex; align-items:flex-end; gap:8px; padding:8px 12px max(12px,env(safe-area-inset-bottom)) } textarea { flex:1; min-width:0; resize:none; min-height:44px; max-height:132px; padding:9px 12px; border:1px solid var(--_edge); border-radius:10px; background:var(--_paper); font-size:16px; field-sizing:content } textarea:focus-visible { outline-width:2px; outline-offset:-1px; border-color:transparent }
.send { width:44px; height:44px; background:var(--_a); color:var(--_on); border-radius:10px } .sr { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); white-space:nowrap }
@media (max-width:480px) { :host(:not([inline])) .panel { inset:0; width:100%; max-width:none; height:var(--_seen,100dvh); border:0; border-radius:0 } }
@media (prefers-reduced-motion:reduce) { * { animation:none!important; transition:none!important } .dots i { opacity:.8 } }
@media (forced-colors:active) { .bubble, .send, .text, header { border:1px solid } }`;
const ICONS = { chat: "M4 5h16v11H9l-5 4V5z", close: "M6 6l12 12M18 6L6 18", send: "M4 12l16-8-5 16-3-7-8-1z" };
const FIRST_PAUSE = 1000, LONGEST_PAUSE = 30000, SILENT = 40000, STREAM_WAIT = 700, TIMEOUT = 30000;

// Elements are made of names, properties and children; texts become text nodes.
function el(name, props = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key in made && key !== "role") made[key] = value; else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round", "aria-hidden": "true" })) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]); svg.append(path);
  return svg;
}
function address(text) {
  try { const found = new URL(text); return /^https?:$/.test(found.protocol) ? found.href : null; } catch { return null; }
}
const link = (href, text) => el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
// A text with its http addresses as links; signs that end a sentence do not belong to one.
function linked(text) {
  return String(text).split(/(https?:\/\/[^\s<>"'，。；！？（）】》]+)/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    const bare = piece.replace(/[.,;:!?)\]]+$/, ""), href = address(bare);
    return href ? [link(href, bare), piece.slice(bare.length)] : piece;
  }).flat();
}
const pause = ms => new Promise(done => setTimeout(done, ms * (.8 + .4 * Math.random())));
function unique() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));  // randomUUID needs https
  return Array.from(bytes, b => b.toString(16).padStart(2, "0")).join("");
}

class Chat extends HTMLElement {
  static observedAttributes = ["lang", "title", "theme"];
  #root = this.attachShadow({ mode: "open" }); #last = 0; #seen = 0; #status = "bot"; #outbox = []; #shown = new Map(); #heading = null; #auto = false;
  #isOpen = false; #sending = false; #streaming = null; #heard = 0; #wake = []; #conversation = null; #made = false; #words = WORDS.en;

  connectedCallback() {
    if (!this.#made) this.#make();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    addEventListener("online", () => { this.#tell(""); this.#wakeUp(); this.#flush(); this.#stream(); }, { signal });
    addEventListener("offline", () => this.#tell(this.#words.offline), { signal });
    addEventListener("storage", event => { if (event.key === this.#place && !this.#conversation) this.#load(); }, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint(), { signal });
    if (window.visualViewport) visualViewport.addEventListener("resize", () => this.#fit(), { signal });
    this.#language = new MutationObserver(() => this.#translate());
    this.#language.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
    this.#load();
  }
  disconnectedCallback() { this.#abort.abort(); this.#language.disconnect(); this.#streaming?.abort(); this.#streaming = null; }
  attributeChangedCallback() { if (this.#made) { this.#paint(); this.#translate(); } }
  #abort; #language; #parts;

  // ---- what is on the page
  #make() {
    this.#made = true;
    const sheet = new CSSStyleSheet(); sheet.replaceSync(STYLE); this.#root.adoptedStyleSheets = [sheet];
    const p = this.#parts = {
      badge: el("span", { className: "badge", hidden: true }), bubble: el("button", { className: "bubble", type: "button", "aria-controls": "panel" }, icon("chat")),
      name: el("h2", { id: "name" }), state: el("p"), close: el("button", { className: "icon", type: "button" }, icon("close")), notice: el("p", { className: "notice" }),
      log: el("div", { className: "log", role: "log", tabIndex: 0, "aria-live": "off" }), told: el("p", { className: "told", role: "status" }), bar: el("div", { className: "bar" }),
      person: el("button", { type: "button" }), end: el("button", { type: "button", className: "plain", hidden: true }), text: el("textarea", { rows: 1, maxLength: 4000, enterKeyHint: "send" }),
      send: el("button", { className: "icon send", type: "submit" }, icon("send")), news: el("p", { className: "sr", role: "status" }),
    };
    p.bubble.append(p.badge); p.bar.append(p.person, p.end);
    p.form = el("form", {}, p.text, p.send);
    p.panel = el("section", { className: "panel", id: "panel", role: this.inline ? "group" : "dialog", "aria-labelledby": "name", hidden: true },
      el("header", {}, el("div", {}, p.name, p.state), p.close), p.notice, p.log, p.told, p.bar, p.form);
    this.#root.append(p.bubble, p.panel, p.news);
    p.bubble.onclick = () => this.open(); p.close.onclick = () => this.close();
    p.person.onclick = () => this.#say(this.#words.ask); p.end.onclick = () => this.#confirm();
    p.form.onsubmit = event => { event.preventDefault(); this.#write(); };
    // Enter that ends a word of an input method sends nothing. Safari ends the word first, so that 229 right after it is that Enter as well.
    let ended = -Infinity;
    p.text.addEventListener("compositionend", event => { ended = event.timeStamp; });
    p.text.onkeydown = event => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || (event.keyCode === 229 && event.timeStamp - ended < 100)) return;
      event.preventDefault(); this.#write();
    };
    p.panel.onkeydown = event => { if (event.key === "Escape" && !this.inline && !event.isComposing) { event.stopPropagation(); this.close(); } };
    this.#paint(); this.#translate();
    this.#show(this.inline || this.hasAttribute("open") || this.#kept().open === true, false);
  }
  get inline() { return this.hasAttribute("inline"); }
  get #host() { return (this.getAttribute("src") || document.baseURI).replace(/[#?].*$/, "").replace(/\/+$/, ""); }
  get #place() { return `breakeven-chat ${this.#host} ${this.id}`; }
  #paint() {
    const theme = this.getAttribute("theme");
    this.toggleAttribute("dark", theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches));
  }
  #translate() {
    const p = this.#parts, given = this.getAttribute("lang");
    if (this.title) { this.#heading = this.title; this.removeAttribute("title"); }  // as an attribute it would hang over the whole chat as a tip
    if (given === "auto" || given === null) this.#auto = true; else if (given !== this.#spoken) this.#auto = false;
    const wanted = this.#auto ? document.documentElement.lang || navigator.language : given;
    const spoken = /^zh\b/i.test(wanted) ? "zh" : "en", w = this.#words = WORDS[spoken];
    this.#spoken = spoken;
    if (given !== spoken) this.setAttribute("lang", spoken);
    if (!this.hasAttribute("role") || this.#isRegion) { this.#isRegion = true; this.setAttribute("role", "region"); this.setAttribute("aria-label", this.#heading || w.title); }
    p.name.textContent = this.#heading || w.title; p.person.textContent = w.person; p.end.textContent = w.end; p.text.placeholder = w.write;
    for (const [part, text] of [[p.close, w.close], [p.log, w.log], [p.text, w.write], [p.send, w.send]]) part.setAttribute("aria-label", text);
    p.close.hidden = this.inline; this.#state(); this.#count();
    for (const { draw } of this.#shown.values()) draw();
  }
  #spoken = ""; #isRegion = false;
  #state() {
    const p = this.#parts, w = this.#words;
    p.state.textContent = { bot: w.bot, waiting: w.waiting, person: w.staff, closed: "" }[this.#status] || "";
    p.notice.textContent = this.#status === "person" ? w.human : w.notice;
    p.person.hidden = this.#status === "waiting" || this.#status === "person"; p.end.hidden = !this.#conversation || this.#status === "closed";
  }
  #tell(text) { if (this.#parts.told.textContent !== text) this.#parts.told.textContent = text; }
  #count() {
    const p = this.#parts, n = this.#isOpen ? 0 : [...this.#shown.values()].filter(m => m.counts && m.number > this.#seen).length;
    p.badge.textContent = n > 99 ? "99+" : n; p.badge.hidden = !n;
    p.bubble.setAttribute("aria-label", n ? `${this.#words.open} (${this.#words.unread(n)})` : this.#words.open);
  }
  #fit() {
    const seen = window.visualViewport;
    this.style.setProperty("--_seen", `${Math.round(seen.height)}px`);  // what the keyboard of a phone leaves
    if (this.#isOpen) this.#scroll();
  }
  #scroll() { const { log } = this.#parts; log.scrollTop = log.scrollHeight; }
  open() { this.#show(true); this.#parts.text.focus(); }
  close() { this.#show(false); this.#parts.bubble.focus(); }
  #show(open, keep = true) {
    const p = this.#parts;
    this.#isOpen = open; p.panel.hidden = !open; p.bubble.hidden = open || this.inline; p.bubble.setAttribute("aria-expanded", open);
    if (open) { this.#seen = this.#last; p.news.textContent = ""; requestAnimationFrame(() => this.#scroll()); }
    if (keep) { this.#keep(); this.#stream(); }
    this.#count();
  }

  // ---- what is kept in this browser, which may refuse to keep anything
  #kept() { try { return JSON.parse(localStorage.getItem(this.#place)) || {}; } catch { return {}; } }
  #keep() {
    const kept = { conversation: this.#conversation, seen: this.#seen, open: this.#isOpen && !this.inline, outbox: this.#outbox.map(({ id, text }) => ({ id, text })) };
    try { localStorage.setItem(this.#place, JSON.stringify(kept)); } catch { /* a private window: the conversation ends with the page */ }
  }
  async #load() {
    const kept = this.#kept();
    if (!this.#conversation && typeof kept.conversation === "string") { this.#conversation = kept.conversation; this.#seen = kept.seen || 0; }
    for (const one of Array.isArray(kept.outbox) ? kept.outbox : []) if (one && !this.#outbox.some(o => o.id === one.id)) this.#queue(String(one.text), String(one.id));
    if (!this.#conversation) this.#greet(); else await this.#fetch();
    setTimeout(() => this.#parts.log.setAttribute("aria-live", "polite"), 300);  // a history is not read out
    this.#count(); this.#flush(); this.#stream();
  }
  #greet() { if (!this.#shown.size) this.#put("hello", { kind: "hello", number: 0 }); }

  // ---- messages
  #put(key, entry) {
    const known = this.#shown.get(key), m = known || { node: el("div"), key };
    Object.assign(m, entry); m.draw = () => this.#draw(m); m.counts = m.by === "ai" || m.by === "person";
    m.draw();
    const { log } = this.#parts;
    if (!known) { this.#shown.set(key, m); if (m.number) log.insertBefore(m.node, log.querySelector(".waits")); else log.append(m.node); }
    return m;
  }
  #draw(m) {
    const w = this.#words, mine = m.by === "customer";
    if (m.kind === "hello") { m.node.className = "m"; m.node.replaceChildren(el("div", { className: "text" }, w.hello)); return; }
    if (!m.text && !mine) { m.node.className = "line"; m.node.textContent = w[m.kind] || ""; return; }
    const parts = [el("div", { className: "who" }, mine ? w.you : m.by === "person" ? w.staff : w.ai), el("div", { className: "text", dir: "auto" }, ...linked(this.#unlisted(m)))];
    if (m.source) { const href = address(m.source); parts.push(el("div", { className: "cite" }, w.source, href ? link(href, m.source) : m.source)); }
    if (m.buttons?.length) parts.push(this.#choices(m));
    if (m.state) parts.push(el("div", { className: m.state === "failed" ? "state bad" : "state" }, w[m.state], ...(m.state === "failed" ? [el("button", { type: "button", className: "plain", onclick: () => this.#again(m) }, w.retry)] : [])));
    m.node.className = `m ${mine ? "mine" : m.by}${m.state ? " waits" : ""}`; m.node.replaceChildren(...parts);
  }
  #name({ label = {}, send, url }) { return String(typeof label === "string" ? label : label[this.#spoken] || label.en || Object.values(label)[0] || send || url); }
  // A text without the numbered lines that only repeat its buttons, for channels that have none.
  #unlisted(m) {
    const names = (m.buttons || []).map(b => Object.values(b.label || {})).flat();
    return names.length && !m.answered ? String(m.text).split("\n").filter(l => !/^\d+\. /.test(l) || !names.includes(l.replace(/^\d+\. /, ""))).join("\n") : m.text;
  }
  #choices(m) {
    const group = el("div", { className: "choices", role: "group", "aria-label": this.#words.choices });
    for (const one of m.buttons) {
      const { send, url } = one, name = this.#name(one), href = url && address(url);
      if (href) group.append(link(href, name));
      else if (send !== undefined && send !== null && !m.answered) group.append(el("button", { type: "button", onclick: () => { this.#say(send); this.#parts.text.focus(); } }, name));
    }
    return group.childNodes.length ? group : "";
  }
  // Entries as the service numbers them; those that are here already are left.
  #take(entries) {
    for (const e of [...entries].sort((a, b) => a.number - b.number)) {
      if (!(e.number > this.#last)) continue;
      this.#last = e.number;
      const mine = e.kind === "message", moves = { message: this.#status === "closed" ? "bot" : this.#status, handoff: "waiting", taken: "person", returned: "bot", closed: "closed" };
      this.#status = moves[e.kind] || this.#status;
      for (const m of this.#shown.values()) if (m.buttons?.length && !m.answered && mine) { m.answered = true; m.draw(); }
      if (mine) { this.#outbox = this.#outbox.filter(o => o.id !== e.id); this.#shown.get("hello")?.node.remove(); }
      const m = this.#put(mine && e.id ? e.id : `#${e.number}`, { ...e, state: "" });
      if (m.counts && !this.#isOpen && e.number > this.#seen) this.#parts.news.textContent = `${this.#words.new}: ${e.text}`;
    }
    if (this.#isOpen) this.#seen = this.#last;
    this.#dots(this.#dotted && this.#sending); this.#state(); this.#count(); this.#keep(); this.#scroll(); this.#wakeUp();
  }
  #wakeUp() { for (const one of this.#wake.splice(0)) one(); }
  #dotted = null;
  #dots(on) {
    this.#dotted?.remove(); this.#dotted = null;
    if (on && this.#status !== "waiting" && this.#status !== "person") { this.#dotted = el("div", { className: "dots" }, el("span", { className: "sr" }, this.#words.typing), el("i"), el("i"), el("i")); this.#parts.log.append(this.#dotted); this.#scroll(); }
  }
  #write() { const { text } = this.#parts; if (text.value.trim()) { this.#say(text.value.trim()); text.value = ""; } text.focus(); }
  #say(text) { this.#queue(String(text), unique()); this.#keep(); this.#scroll(); this.#flush(); }
  #queue(text, id) {
    this.#shown.get("hello")?.node.remove();
    this.#dots(this.#dotted); this.#outbox.push({ id, text }); this.#put(id, { text, by: "customer", number: 0, state: navigator.onLine ? "sending" : "waits" });
  }
  #again(m) { m.state = "sending"; m.draw(); this.#outbox.push({ id: m.key, text: m.text }); this.#keep(); this.#flush(); }
  #confirm() {
    const p = this.#parts, w = this.#words, back = () => { p.bar.replaceChildren(p.person, p.end); p.text.focus(); };
    const choice = (name, solved) => el("button", { type: "button", onclick: () => { back(); this.#ask(`/v1/chat/${encodeURIComponent(this.#conversation)}/close`, { solved }).then(() => this.#fetch(), () => this.#tell(w.refused)); } }, name);
    const yes = choice(w.yes, true);
    p.bar.replaceChildren(el("span", {}, w.solved), yes, choice(w.no, false), el("button", { type: "button", className: "plain", onclick: back }, w.back)); yes.focus();
  }

  // ---- the service
  async #ask(path, body, signal = AbortSignal.timeout(TIMEOUT)) {
    const headers = { accept: "application/json" }, key = this.getAttribute("key");
    if (key) headers["x-api-key"] = key;
    if (body) headers["content-type"] = "application/json";
    const reply = await fetch(this.#host + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store", credentials: "same-origin", referrerPolicy: "no-referrer" });
    if (!reply.ok) throw Object.assign(new Error(`${reply.status} ${(await reply.text()).slice(0, 300)}`), { status: reply.status, pause: 1000 * reply.headers.get("retry-after") });
    return reply;
  }
  async #fetch() {
    const conversation = this.#conversation;
    try {
      const told = await (await this.#ask(`/v1/chat/${encodeURIComponent(conversation)}?after=${this.#last}`)).json();
      this.#take(told.entries); this.#status = told.status; this.#state();
    } catch (error) { this.#lost(error, conversation); }
  }
  // A conversation that is no longer there (erased, or of another desk) is begun anew.
  #lost(error, conversation) {
    if (error.status === 404 && conversation === this.#conversation) {
      for (const [key, m] of this.#shown) if (m.number || key === "hello") { m.node.remove(); this.#shown.delete(key); }
      this.#conversation = null; this.#last = this.#seen = 0; this.#status = "bot"; this.#keep(); this.#state(); this.#greet();
    } else if (error.status === 401 || error.status === 403) { this.#tell(this.#words.refused); console.warn(`breakeven-chat: ${error.message}`); }
  }
  // Messages one after another, each until it is there: the same id, so that it is stored once.
  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    let wait = FIRST_PAUSE;
    const dots = setTimeout(() => this.#dots(this.#sending), 350);
    while (this.#outbox.length && this.isConnected) {
      const { id, text } = this.#outbox[0], m = this.#shown.get(id), conversation = this.#conversation;
      const body = { message: text, id, language: this.#spoken, ...(conversation ? { conversation } : this.hasAttribute("customer") ? { customer: this.getAttribute("customer") } : {}) };
      try {
        const told = await (await this.#ask("/v1/chat", body)).json();
        this.#conversation = told.conversation; this.#tell(""); wait = FIRST_PAUSE;
        this.#outbox = this.#outbox.filter(o => o.id !== id); this.#keep(); this.#stream();
        await this.#reach(told.last);
      } catch (error) {
        this.#dots(false);
        if (conversation && error.status === 404) { this.#lost(error, conversation); continue; }
        if (error.status && error.status < 500 && error.status !== 429 && error.status !== 408) {
          this.#outbox = this.#outbox.filter(o => o.id !== id); this.#keep(); this.#lost(error, null);
          if (m) { m.state = "failed"; m.draw(); }
          continue;
        }
        if (m) { m.state = "waits"; m.draw(); }
        this.#tell(navigator.onLine ? this.#words.refused : this.#words.offline);
        await Promise.race([pause(Math.max(wait, error.pause || 0)), new Promise(done => this.#wake.push(done))]); wait = Math.min(wait * 2, LONGEST_PAUSE);
      }
    }
    clearTimeout(dots); this.#sending = false; this.#dots(false);
  }
  // Until the entries up to a number are here: by the stream where it is alive, else they are asked for.
  async #reach(number) {
    if (Date.now() - this.#heard < SILENT) {
      const ends = Date.now() + STREAM_WAIT;
      while (this.#last < number && Date.now() < ends) await Promise.race([pause(STREAM_WAIT), new Promise(done => this.#wake.push(done))]);
    }
    if (this.#last < number) await this.#fetch();
  }
  // What is said later, by people, comes by a stream; where there is none, it is asked for now and then.
  async #stream() {
    const wanted = () => this.isConnected && this.#conversation && (this.#isOpen || this.#status === "waiting" || this.#status === "person");
    if (this.#streaming || !wanted()) return;
    const mine = this.#streaming = new AbortController();
    let wait = FIRST_PAUSE;
    while (wanted() && !mine.signal.aborted) {
      const guard = new AbortController(), stop = () => guard.abort(), conversation = this.#conversation;
      let silent = setTimeout(stop, SILENT);
      mine.signal.addEventListener("abort", stop);
      try {
        const reply = await this.#ask(`/v1/chat/${encodeURIComponent(conversation)}/stream?after=${this.#last}`, null, guard.signal), reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = ""; ;) {
          const { done, value } = await reader.read();
          if (done) break;
          this.#heard = Date.now(); wait = FIRST_PAUSE; this.#tell("");
          clearTimeout(silent); silent = setTimeout(stop, SILENT);
          const blocks = (rest + value.replaceAll("\r", "")).split("\n\n"); rest = blocks.pop();
          for (const block of blocks) { const data = block.split("\n").filter(l => l.startsWith("data:")).map(l => l.slice(5)).join("\n"); if (data) this.#take([JSON.parse(data)]); }
          if (!wanted()) stop();
        }
      } catch (error) {
        this.#heard = 0; this.#lost(error, conversation);
        if (error.status === 503 && this.#conversation) await this.#fetch();
      }
      clearTimeout(silent); mine.signal.removeEventListener("abort", stop);
      if (wanted() && !mine.signal.aborted) { await Promise.race([pause(wait), new Promise(done => this.#wake.push(done))]); wait = Math.min(wait * 2, LONGEST_PAUSE); }
    }
    if (this.#streaming === mine) this.#streaming = null;
  }
}
if (!customElements.get("breakeven-chat")) customElements.define("breakeven-chat", Chat);
})();
