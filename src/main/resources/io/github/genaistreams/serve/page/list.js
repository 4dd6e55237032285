// The list of batches. The stream sends the statuses on view once, and then those that have changed.
import { follow } from './server.js';
import { $, el, cell, row, say, number, cost, time, duration, perTime, isOver, state, waits, bar, progress, Rates, choice, pager } from './words.js';

const SHOWS = [['all', 'All'], ['running', 'Running'], ['over', 'Over'], ['failed', 'With failures']];
const rates = new Rates();
const VIEWS = ['id', 'state', 'progress', 'rate', 'left', 'cost', 'submitted'];
const LABELS = ['', '', '', 'Rate', 'Time left', 'Cost', 'Submitted'];
function newRow(id) {
  const parts = VIEWS.map(() => el('span'));
  const node = row(...parts.map((part, i) => cell(LABELS[i], part, LABELS[i] ? 'short' : 'wide')));
  parts[0].append(el('a', { href: '#/batch/' + encodeURIComponent(id) }, id));
  const [bar, why] = [el('div'), el('span', { class: 'why' })];
  node.children[2].append(bar, why);
  return { node, bar, why, ...Object.fromEntries(VIEWS.map((name, i) => [name, parts[i]])) };
}
function show(view, status, now) {
  const [word, kind] = state(status);
  const left = rates.left(status, now);
  view.state.className = 'state ' + kind;
  bar(view.bar, status);
  Object.entries({
    state: word, why: status.faults?.[0].message ?? ((!isOver(status) && waits(status)) || ''), progress: progress(status), cost: cost(status), submitted: time(status.submitted_at),
    rate: perTime(rates.of(status, now)), left: left === null ? '–' : 'about ' + duration(left),
  }).forEach(([name, text]) => say(view[name], text));
}
/** Shows the list; returns how to stop it. */
export function showList(query, go, live) {
  const asked = { show: query.get('show') ?? 'all', find: query.get('find') ?? '', page: Number(query.get('page') ?? 0) };
  const to = change => go('#/batches?' + new URLSearchParams({ ...asked, page: 0, ...change }));
  const [statuses, views] = [new Map(), new Map()];
  let order = [], typing;
  $('rows').replaceChildren();
  $('no-batches').hidden = true;
  $('find').value = asked.find;
  $('find').oninput = () => { clearTimeout(typing); typing = setTimeout(() => to({ find: $('find').value.trim() }), 300); };
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
        [views, statuses].forEach(map => map.delete(id));
      });
    }
    order.map(id => statuses.get(id)).forEach(status => {
      if (!isOver(status)) rates.note(status, news.now);
      show(views.get(status.batch_id), status, news.now);
    });
    SHOWS.forEach(([value, text], i) => say($('shows').children[i], `${text} (${number(news.counts[value])})`));
    $('no-batches').hidden = order.length > 0;
    say($('no-batches'), news.counts.all ? 'No batch matches.' : 'There is no batch yet. One that did not come through this server appears with its first result.');
    pager($('pages'), news.page, news.pages, page => to({ page }));
  }, live);
  return () => { clearTimeout(typing); stop(); };
}
