// Figures and statuses in words, and elements of the page. Text becomes text, never markup: an answer may hold HTML.
export const $ = id => document.getElementById(id);
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') node.addEventListener('click', value);
    else if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}
/** A cell of a table; its label is shown where the table has no room for a head. */
export const cell = (label, content, kind = '') => el('td', { role: 'cell', class: kind, ...(label && { 'data-label': label }) }, content);
export const row = (...cells) => el('tr', { role: 'row' }, ...cells);
/** Changes a text only if it differs, so that nothing is read aloud or repainted for nothing. */
export const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };
export const number = n => n.toLocaleString('en');
export const count = (n, one, many = one + 's') => `${number(n)} ${n === 1 ? one : many}`;
export const usd = n => '$' + n.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: n >= 1 ? 2 : n >= .01 ? 4 : 6 });
export const cost = status => (status.cost_unknown ? 'at least ' : '') + usd(status.cost);
export function time(instant) {
  const at = new Date(instant);
  const clock = at.toLocaleTimeString('en-GB');
  return at.toDateString() === new Date().toDateString() ? clock : at.toLocaleDateString('sv') + ' ' + clock.slice(0, 5);
}
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 90) return Math.max(1, Math.round(seconds)) + ' s';
  return minutes < 120 ? minutes + ' min' : minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : Math.round(minutes / 1440) + ' d';
}
const rounded = n => n.toLocaleString('en', { maximumFractionDigits: n < 10 ? 1 : 0 });
export const perTime = rate => rate === 0 || rate >= 1 ? rounded(rate) + '/s' : rounded(rate * 60) + '/min';
export const received = status => status.succeeded + status.failed;
export const isOver = status => status.state !== 'RUNNING' || status.incomplete;
const STAGES = { validating: ['Being checked', 'running'], failed: ['Not valid', 'failed'], expired: ['Expired', 'failed'], cancelled: ['Cancelled', 'failed'] };
/** Word and symbol of a status. */
export function state(status) {
  if (STAGES[status.stage]) return STAGES[status.stage];
  if (status.state === 'CANCELLED') return [status.stopped === 'budget_exceeded' ? 'Budget reached' : 'Cancelled', 'failed'];
  if (status.state === 'COMPLETED') return status.failed ? ['Done with failures', 'failed'] : ['Done', 'done'];
  if (status.incomplete) return ['Incomplete', 'failed'];
  if (status.stopped) return ['Stopping', 'waiting'];
  return status.waiting ? ['Waiting', 'waiting'] : ['Running', 'running'];
}
const WAITS = {
  outage: 'the API does not work, and a call tries every few seconds',
  key_refused: 'the API refuses the key, and calls need another one',
  quota_exhausted: 'the account has no money left, or has reached its limit',
  retry_delay: 'the API asked for a pause, or calls failed for a moment',
};
/** What a batch waits for; null if it goes on. */
export function waits({ waiting }) {
  if (!waiting) return null;
  const next = waiting.until ? `; the next attempt is at ${time(waiting.until)}` : '';
  return `waits since ${time(waiting.since)}: ${WAITS[waiting.reason] ?? waiting.reason}${next}.`;
}
/** Done, failed and open parts of a batch. The text beside it says the same. */
export function bar(node, status) {
  if (!node.firstChild) node.append(el('div', { class: 'bar', 'aria-hidden': 'true' }, el('i', { class: 'done' }), el('i', { class: 'failed' })));
  const total = status.total ?? Math.max(1, received(status) * 1.25);
  // A single failure of a large batch is still seen.
  [status.succeeded, status.failed].forEach((n, i) => { node.firstChild.children[i].style.width = n ? `max(3px, ${100 * n / total}%)` : 0; });
}
export function progress(status) {
  const done = received(status);
  const part = status.total ? ` of ${number(status.total)} (${Math.floor(100 * done / status.total)} %)` : ' so far';
  return number(done) + part + (status.failed ? `, ${number(status.failed)} failed` : '');
}
/** How fast batches go: by what was seen in the last half minute, or by their whole time. */
export class Rates {
  seen = new Map();
  note(status, now) {
    const at = Date.parse(now);
    const seen = this.seen.get(status.batch_id) ?? [];
    seen.push([at, received(status)]);
    while (seen.length > 2 && at - seen[1][0] > 30000) seen.shift();
    this.seen.set(status.batch_id, seen);
  }
  /** Results in a second. */
  of(status, now) {
    const at = Date.parse(now);
    const [since, before] = this.seen.get(status.batch_id)?.[0] ?? [at, 0];
    if (!isOver(status) && at - since > 5000) return Math.max(0, received(status) - before) / ((at - since) / 1000);
    const end = isOver(status) ? Date.parse(status.completed_at ?? status.last_result_at) : at;
    return received(status) / Math.max(1, (end - Date.parse(status.submitted_at)) / 1000);
  }
  /** Seconds until a batch is done; null if that cannot be said. */
  left(status, now) {
    const rate = this.of(status, now);
    return isOver(status) || status.waiting || !status.total || rate === 0 ? null : (status.total - received(status)) / rate;
  }
}
/** Buttons of which one is pressed. */
export function choice(node, options, chosen, choose) {
  const focused = node.contains(document.activeElement);
  const button = ([value, text]) => el('button', { type: 'button', 'aria-pressed': String(value === chosen), onclick: () => choose(value) }, text);
  node.replaceChildren(...options.map(button));
  if (focused) node.querySelector('[aria-pressed=true]')?.focus();
}
/** Back, forward, and where that is. The buttons stay, so that the focus stays on them. */
export function pager(node, page, pages, go) {
  node.hidden = pages < 2;
  const button = (text, step) => el('button', { type: 'button', onclick: () => node.go(step) }, text);
  if (!node.firstChild) node.append(el('span'), button('‹ Previous', -1), button('Next ›', 1));
  const [text, back, on] = node.children;
  say(text, `Page ${number(page + 1)} of ${number(pages)}`);
  back.disabled = page === 0;
  on.disabled = page + 1 >= pages;
  node.go = step => go(page + step);
}
