// What the report can do beyond being read: compute what its sliders ask.

// What each way costs a month; the same arithmetic as gate/costs.py, at other prices and volumes.
function bill(facts, set) {
  const mean = xs => xs.reduce((a, b) => a + b, 0) / xs.length, w = facts.words;
  const servers = a => mean(facts.peaks.map(p => Math.max(1, Math.ceil(p * set.volume / a.capacity - 1e-9)))) * facts.server;
  const price = set.error ?? set.times, n = set.volume * facts.growth, rent = (set.rent || 0) / 1000;
  const rows = facts.arms.map(a => {
    const own = a.capacity ? servers(a) + a.fixed : 0, rented = n * (a.rented || 0) * rent;
    const errors = a.error === null ? null : n * a.error * price;
    return { name: a.name, own, rented, errors, all: own + rented + (errors || 0) };
  });
  const known = price > 0 ? rows.filter(r => r.errors !== null) : rows, left = rows.filter(r => !known.includes(r));
  const best = known.reduce((a, b) => b.all < a.all ? b : a, known[0] || rows[0]);
  const next = known.filter(r => r !== best).sort((a, b) => a.all - b.all)[0];
  const out = [paragraph(fill(!next ? w.only : usd(next.all) === usd(best.all) ? w.equal : w.cheapest, { best: best.name, usd: usd(best.all), next: next && next.name, more: next && usd(next.all) }))];
  if (left.length && price > 0) out.push(paragraph(fill(w.unknown, { names: { en: left.map(r => r.name.en).join(", "), zh: left.map(r => r.name.zh).join("、") } })));
  out.push(table(w.head, rows.map(r => [r.name, usd(r.all), usd(r.own), usd(r.rented), r.errors === null ? w.unmeasured : usd(r.errors)]), rows.indexOf(best)));
  return out;
}

// What answering yes from a probability on gives, and what its mistakes cost.
function threshold(facts, set) {
  const cost = p => (facts.yes - p[2]) * set.missed + (p[1] - p[2]) * set.alarm, w = facts.words;
  const near = facts.points.reduce((a, b) => Math.abs(b[0] - set.at) < Math.abs(a[0] - set.at) ? b : a);
  const best = facts.points.reduce((a, b) => cost(b) < cost(a) ? b : a), per = 1000 / facts.rows;
  const values = p => ({ at: percent(p[0]), answered: whole(p[1] * per), found: facts.yes ? percent(p[2] / facts.yes) : "–",
    right: p[1] ? percent(p[2] / p[1]) : w.none, usd: usd(cost(p) * per), name: facts.name });
  return [paragraph(fill(w.now, values(near))), paragraph(fill(w.best, values(best)))];
}

const tasks = { bill, threshold };
const shown = { volume: whole, rent: usd, error: usd, times: v => v.toFixed(1) + " ×", missed: usd, alarm: usd, at: v => Math.round(100 * v) + " %" };
$(".try").forEach(box => {
  const facts = JSON.parse(box.dataset.facts), inputs = $("input[type=range]", box), result = box.querySelector(".result");
  const log = i => i.dataset.low !== undefined, two = v => Number(v.toPrecision(2));
  const value = i => log(i) ? (Number(i.value) === Number(i.dataset.at) ? Number(i.dataset.value)
    : two(i.dataset.low * Math.pow(i.dataset.high / i.dataset.low, i.value / 1000))) : Number(i.value);
  inputs.filter(log).forEach(i => { i.value = 1000 * Math.log(i.dataset.value / i.dataset.low) / Math.log(i.dataset.high / i.dataset.low); i.dataset.at = i.value; });
  const update = () => {
    const set = {};
    inputs.forEach(i => { set[i.name] = value(i); const said = (shown[i.name] || String)(set[i.name]);
      i.previousElementSibling.textContent = said; i.setAttribute("aria-valuetext", said); });
    result.replaceChildren(...tasks[box.dataset.task](facts, set));
  };
  inputs.forEach(i => i.addEventListener("input", update));
  box.hidden = false; update();
});
