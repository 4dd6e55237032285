// One batch: figures, charts, failures, items.
import { follow, get, post } from './server.js';
import { Charts } from './charts.js';
import { $, el, cell, row, say, number, count, usd, cost, time, duration, perTime, received, isOver, state, waits, bar, progress, Rates, choice, pager } from './words.js';
function sentence(status, left) {
  const done = `${progress(status)}.`;
  switch (state(status)[0]) {
    case 'Done': return `Every item succeeded: ${done}`;
    case 'Done with failures': return `Every item has a result: ${done} Those that failed can be called again.`;
    case 'Cancelled': return `The batch was cancelled: ${done}`;
    case 'Budget reached': return `The batch has reached its budget, and no more calls are made: ${done}`;
    case 'Stopping': return `The batch is being stopped: ${done}`;
    case 'Incomplete': return `${count(status.dead_letters, 'record')} of the batch cannot be read (${status.dead_letter_reason}), and no result comes of them: ${done}`;
    case 'Waiting': return `– the batch ${waits(status)} Nothing is lost. ${done}` + (status.waiting.detail ? ` The server’s last words: ${status.waiting.detail}` : '');
    case 'Being checked': return 'The lines of its file are being checked. No call is made before all of them are valid.';
    case 'Not valid': return 'No call was made, since its file is not valid.';
    default: return done + (left === null ? '' : ` About ${duration(left)} left.`);
  }
}
function facts(status, bounds, rate, left) {
  const { usage, dead_letters: dead } = status;
  const end = status.completed_at ?? status.last_result_at;
  const over = isOver(status);
  const budget = bounds.max_cost_usd ? ` of ${usd(bounds.max_cost_usd)} (${Math.round(100 * status.cost / bounds.max_cost_usd)} %)` : ', no budget';
  const tokens = bounds.max_total_tokens ? `, of at most ${number(bounds.max_total_tokens)}` : '';
  return [
    ['Cost', cost(status) + budget],
    over ? ['Average rate', perTime(rate)] : ['Rate', perTime(rate)],
    over ? ['Took', duration((Date.parse(end) - Date.parse(status.submitted_at)) / 1000)] : ['Time left', left === null ? 'not known' : 'about ' + duration(left)],
    ['Submitted', time(status.submitted_at)],
    [over ? 'Finished' : 'Last result', time(end)],
    status.api === 'documents' ? ['Pages', number(status.pages)] : ['Tokens', `${number(usage.input_tokens)} in, ${number(usage.output_tokens)} out${tokens}`],
    ['Calls made', number(status.attempts)],
    ['API', status.api],
    ['Results replaced by a later call', status.replaced && number(status.replaced)],
    ['Items that may have been paid twice', status.possible_duplicates && number(status.possible_duplicates)],
    ['Repeated requests, dropped', status.repeats && number(status.repeats)],
    ['Records that cannot be read', dead && `${number(dead)} (${status.dead_letter_reason})`],
    ['Results of unknown cost', status.cost_unknown && number(status.cost_unknown)],
  ].filter(([, text]) => text).map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)));
}
const spans = (ranges, more) => ranges.map(([from, to]) => from === to ? from : `${from}–${to}`).join(', ') + (more ? ' and more' : '');
function itemRow(path, item) {
  const place = el('td', { role: 'cell', colspan: 8, class: 'wide' });
  const answer = el('tr', { role: 'row', hidden: '' }, place);
  const button = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-label': 'Answer of item ' + item.index, onclick: async () => {
    answer.hidden = !answer.hidden;
    button.setAttribute('aria-expanded', String(!answer.hidden));
    if (answer.hidden || place.firstChild) return;
    const { text, error, finish } = await get(`${path}/items/${item.index}`).catch(e => ({ text: null, error: { code: 'No answer', message: e.message } }));
    if (error) place.append(el('p', {}, `${error.code ?? error.type}${error.http_status ? ` (HTTP ${error.http_status})` : ''}: ${error.message}`));
    else place.append(text === null ? el('p', {}, `There is no text (${finish}).`) : el('pre', { tabindex: 0, role: 'group', 'aria-label': 'Answer' }, text));
  } }, 'Show');
  const name = el('span', {}, String(item.index), ...(item.name ? [' ', el('span', { class: 'quiet' }, item.name)] : []));
  return [row(cell('', name, 'wide'), cell('', el('span', { class: 'state ' + (item.success ? 'done' : 'failed') }, item.success ? 'Succeeded' : item.code)),
    cell('Tokens', number(item.tokens)), cell('Cost', item.cost === null ? 'unknown' : usd(item.cost)), cell('Calls', number(item.attempts)),
    cell('Took', `${item.seconds.toFixed(1)} s`), cell('Finished', time(item.completed_at)), cell('', button)), answer];
}
/** Shows a batch; returns how to stop it. */
export function showBatch(id, may, ask, live, tell) {
  const path = 'api/batches/' + encodeURIComponent(id);
  const [rates, charts] = [new Rates(), new Charts()];
  let status = null, bounds = {}, results = null, items = { show: 'all', page: 0 }, itemsOf = '', itemsAt = 0, failures = '';
  $('batch-id').textContent = id;
  ['sentence', 'bar', 'legend', 'facts', 'failure-rows', 'items', 'open-items', 'rate-text', 'cost-text'].forEach(part => $(part).replaceChildren());
  ['failures', 'item-pages'].forEach(part => { $(part).hidden = true; });
  const shows = () => choice($('item-shows'), [['all', 'All'], ['failed', 'Failed']], items.show, show => loadItems({ show, page: 0 }));
  async function loadItems(change) {
    items = { ...items, ...change };
    if (change) shows();
    itemsAt = Date.now();
    const asked = items;
    const page = await get(`${path}/items?${new URLSearchParams(items)}`).catch(e => tell(e.message));
    // An answer that is being read stays.
    if (!page || asked !== items || !change && $('items').querySelector('[aria-expanded=true]')) return;
    const focused = document.activeElement.closest('#items button')?.getAttribute('aria-label');
    $('items').replaceChildren(...page.items.flatMap(item => itemRow(path, item)));
    if (focused) $('items').querySelector(`[aria-label="${focused}"]`)?.focus();
    pager($('item-pages'), page.page, page.pages, next => loadItems({ page: next }));
  }
  function showResults() {
    const left = results.open.length ? `Without a result so far: ${spans(results.open, results.open_more)}.` : '';
    const reading = results.caught_up ? '' : `Reading the results: ${number(results.read)} of ${number(received(status))}. `;
    say($('open-items'), reading + left + (results.listed < results.read ? ` The table has the first ${number(results.listed)} results.` : ''));
    if (results.history.done.length) charts.show(results.history, bounds.max_cost_usd);
    const now = results.read + ' ' + results.replaced;
    if (now === itemsOf || Date.now() - itemsAt < 3000) return;
    itemsOf = now;
    loadItems();
  }
  function showFailures() {
    const words = new Map((results?.failures ?? []).map(failure => [failure.code, failure.words]));
    const codes = Object.entries(status.failures ?? {}).sort((a, b) => b[1] - a[1]);
    const faults = (status.faults ?? []).map(({ code, line, message }) => [code, line ? `line ${number(line)}` : '–', [message]]);
    const texts = codes.map(([code, n]) => [code, number(n), (words.get(code) ?? [{ message: '–' }]).map(said => (said.http_status ? `HTTP ${said.http_status}: ` : '') + said.message)]).concat(faults);
    $('failures').hidden = texts.length === 0;
    if (JSON.stringify(texts) === failures) return;
    failures = JSON.stringify(texts);
    $('failure-rows').replaceChildren(...texts.map(([code, n, said]) => row(cell('', el('code', {}, code)), cell('Items', n, 'short'),
      cell('', el('div', {}, ...said.map(text => el('p', {}, text))), 'wide'))));
  }
  function show(now) {
    if (!isOver(status)) rates.note(status, now);
    const left = rates.left(status, now);
    const [word, kind] = state(status);
    $('sentence').replaceChildren(el('span', { class: 'state ' + kind }, word), ' ', sentence(status, left));
    bar($('bar'), status);
    const open = status.total ? status.total - received(status) : null;
    $('legend').replaceChildren(...[['done', status.succeeded, 'succeeded'], ['failed', status.failed, 'failed'], ['open', open, 'open']]
      .map(([key, n, text]) => el('span', {}, el('i', { class: 'key ' + key }), n === null ? 'number of open items unknown' : `${number(n)} ${text}`)));
    $('facts').replaceChildren(...facts(status, bounds, rates.of(status, now), left));
    $('cancel').disabled = !may || isOver(status);
    $('retry').disabled = !may || status.failed === 0;
    showFailures();
    if (results) showResults();
  }
  const send = (what, body, said) => post(`${path}/${what}`, body).then(said, e => e.message).then(tell);
  $('cancel').onclick = async () => {
    const text = 'Items without a result end as failed, and calls under way are broken off. Results that exist stay.';
    const sure = await ask({ title: 'Cancel this batch?', yes: 'Cancel the batch', text });
    if (sure) send('cancel', {}, () => 'The cancellation is sent. The workers follow within a few seconds.');
  };
  $('retry').onclick = async () => {
    const field = bounds.max_cost_usd ? `New budget of the whole batch in USD (now ${usd(bounds.max_cost_usd)})` : null;
    const text = 'Each call is paid for again, and its new result replaces the failure.';
    const sure = await ask({ title: `Call ${count(status.failed, 'failed item')} again?`, yes: 'Call them again', text, field });
    if (!sure) return;
    tell('The requests of the failed items are being looked for.');
    send('retry-failed', sure.value ? { max_cost_usd: sure.value } : {}, ({ submitted, missing }) =>
      `${count(submitted, 'item was', 'items were')} submitted again.` + (missing ? ` The requests of ${count(missing, 'item')} are no longer there.` : ''));
  };
  shows();
  const stop = follow(path + '/stream', news => {
    if (status && news.status && isOver(news.status) && !isOver(status)) tell(`The batch is over. ${progress(news.status)}.`);
    ({ status = status, bounds = bounds, results = results } = news);
    if (status) show(news.now);
  }, live);
  return () => { items = null; stop(); charts.end(); };
}
