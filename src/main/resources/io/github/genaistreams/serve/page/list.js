// The list of batches. The stream sends the statuses on view once, and then those that have changed.
import { follow } from './server.js';
import { $, el, cell, row, say, number, cost, time, duration, perTime, isOver, state, waits, bar, progress, Rates, choice, pager } from './words.js';

const SHOWS = [['all', 'All'], ['running', 'Running'], ['over', 'Over'], ['failed', 'With failures']];
const rates = new Rates();

function newRow(id) {
  const node = row(
    cell('', el('a', { href: '#/batch/' + encodeURIComponent(id) }, id), 'wide'), cell('', el('span', { class: 'state' }), 'wide'),
    cell('', el('div'), 'wide'), cell('Rate', el('span'), 'short'), cell('Time left', el('span'), 'short'), cell('Cost', el('span'), 'short'),
    cell('Submitted', el('span'), 'short'));
  const cells = [...node.children];
  const [text, why] = [el('span'), el('span', { class: 'why' })];
  cells[2].prepend(text);
  cells[2].append(why);
  return { node, state: cells[1].firstChild, progress: text, bar: text.nextSibling, why,
    rate: cells[3].firstChild, left: cells[4].firstChild, cost: cells[5].firstChild, submitted: cells[6].firstChild };
}

function show(view, status, now) {
  const [word, kind] = state(status);
  say(view.state, word);
  view.state.className = 'state ' + kind;
  const why = isOver(status) ? null : waits(status);
  say(view.why, why ?? '');
  say(view.progress, progress(status));
  bar(view.bar, status);
  say(view.cost, cost(status));
  say(view.submitted, time(status.submitted_at));
  const left = rates.left(status, now);
  say(view.rate, perTime(rates.of(status, now)));
  say(view.left, left === null ? '–' : 'about ' + duration(left));
}

/** Shows the list; returns how to stop it. */
export function showList(query, go, live) {
  const asked = { show: query.get('show') ?? 'all', find: query.get('find') ?? '', page: Number(query.get('page') ?? 0) };
  const to = change => go('#/batches?' + new URLSearchParams({ ...asked, page: 0, ...change }));
  const statuses = new Map();
  const views = new Map();
  let order = [];
  let typing;
  $('rows').replaceChildren();
  $('no-batches').hidden = true;
  $('find').value = asked.find;
  $('find').oninput = () => {
    clearTimeout(typing);
    typing = setTimeout(() => to({ find: $('find').value.trim() }), 300);
  };
  $('filter').onsubmit = event => event.preventDefault();
  choice($('shows'), SHOWS, asked.show, value => to({ show: value }));
  const stop = follow('api/stream?' + new URLSearchParams(asked), news => {
    news.changed.forEach(status => statuses.set(status.batch_id, status));
    if (news.order) {
      order = news.order;
      const gone = new Set(views.keys());
      order.forEach((id, place) => {
        gone.delete(id);
        if (!views.has(id)) views.set(id, newRow(id));
        const at = $('rows').children[place];
        if (at !== views.get(id).node) $('rows').insertBefore(views.get(id).node, at ?? null);
      });
      gone.forEach(id => {
        views.get(id).node.remove();
        views.delete(id);
        statuses.delete(id);
      });
    }
    order.map(id => statuses.get(id)).forEach(status => {
      if (!isOver(status)) rates.note(status, news.now);
      show(views.get(status.batch_id), status, news.now);
    });
    SHOWS.forEach(([value, text], i) => say($('shows').children[i], `${text} (${number(news.counts[value])})`));
    $('no-batches').hidden = order.length > 0;
    say($('no-batches'), news.counts.all === 0
      ? 'No batch has a result yet. It appears here with its first result.' : 'No batch matches.');
    pager($('pages'), news.page, news.pages, page => to({ page }));
  }, live);
  return () => { clearTimeout(typing); stop(); };
}
