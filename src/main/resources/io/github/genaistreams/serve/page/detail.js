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
    default: return done + (left === null ? '' : ` About ${duration(left)} left.`);
  }
}

function facts(status, bounds, rate, left) {
  const { usage } = status;
  const end = status.completed_at ?? (isOver(status) ? status.last_result_at : null);
  const list = [
    ['Cost', cost(status) + (bounds.max_cost_usd ? ` of ${usd(bounds.max_cost_usd)} (${Math.round(100 * status.cost / bounds.max_cost_usd)} %)` : ', no budget')],
    [isOver(status) ? 'Average rate' : 'Rate', perTime(rate)],
    isOver(status) ? ['Took', duration((Date.parse(end) - Date.parse(status.submitted_at)) / 1000)] : ['Time left', left === null ? 'not known' : 'about ' + duration(left)],
    ['Submitted', time(status.submitted_at)],
    [isOver(status) ? 'Finished' : 'Last result', time(end ?? status.last_result_at)],
    status.api === 'documents' ? ['Pages', number(status.pages)] : ['Tokens', `${number(usage.input_tokens)} in, ${number(usage.output_tokens)} out`
      + (bounds.max_total_tokens ? `, of at most ${number(bounds.max_total_tokens)}` : '')],
    ['Calls made', number(status.attempts)],
    ['API', status.api],
    ...(status.replaced ? [['Results replaced by a later call', number(status.replaced)]] : []),
    ...(status.possible_duplicates ? [['Items that may have been paid twice', number(status.possible_duplicates)]] : []),
    ...(status.repeats ? [['Repeated requests, dropped', number(status.repeats)]] : []),
    ...(status.dead_letters ? [['Records that cannot be read', `${number(status.dead_letters)} (${status.dead_letter_reason})`]] : []),
    ...(status.cost_unknown ? [['Results of unknown cost', number(status.cost_unknown)]] : []),
  ];
  return list.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)));
}

const spans = (ranges, more) => ranges.map(([from, to]) => from === to ? from : `${from}–${to}`).join(', ') + (more ? ' and more' : '');

function itemRow(path, item) {
  const answer = el('tr', { role: 'row', class: 'answer', hidden: '' }, el('td', { role: 'cell', colspan: 8, class: 'wide' }));
  const button = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-label': 'Answer of item ' + item.index, onclick: async () => {
    answer.hidden = !answer.hidden;
    button.setAttribute('aria-expanded', String(!answer.hidden));
    if (answer.hidden || answer.firstChild.firstChild) return;
    try {
      const { text, error, finish } = await get(`${path}/items/${item.index}`);
      if (error) answer.firstChild.append(el('p', {}, `${error.code ?? error.type}${error.http_status ? ` (HTTP ${error.http_status})` : ''}: ${error.message}`));
      if (text !== null) answer.firstChild.append(el('pre', { tabindex: 0, 'aria-label': 'Answer' }, text));
      if (text === null && !error) answer.firstChild.append(el('p', {}, `There is no text (${finish ?? 'no reason is given'}).`));
    } catch (e) {
      answer.firstChild.append(el('p', {}, e.message));
    }
  } }, 'Show');
  const name = el('span', {}, String(item.index), ...(item.name ? [' ', el('span', { class: 'quiet' }, item.name)] : []));
  return [row(cell('', name, 'wide'), cell('', el('span', { class: 'state ' + (item.success ? 'done' : 'failed') }, item.success ? 'Succeeded' : item.code)),
    cell('Tokens', number(item.tokens)), cell('Cost', item.cost === null ? 'unknown' : usd(item.cost)), cell('Calls', number(item.attempts)),
    cell('Took', `${item.seconds.toFixed(1)} s`), cell('Finished', time(item.completed_at)), cell('', button)), answer];
}

/** Shows a batch; returns how to stop it. */
export function showBatch(id, may, ask, live, tell) {
  const path = 'api/batches/' + encodeURIComponent(id);
  const rates = new Rates();
  const charts = new Charts();
  let status = null, bounds = {}, results = null;
  let items = { show: 'all', page: 0 }, itemsOf = '', itemsAt = 0;
  $('batch-id').textContent = id;
  ['sentence', 'bar', 'legend', 'facts', 'failure-rows', 'items', 'open-items', 'rate-text', 'cost-text'].forEach(part => $(part).replaceChildren());
  $('failures').hidden = true;
  $('item-pages').hidden = true;
  const shows = () => choice($('item-shows'), [['all', 'All'], ['failed', 'Failed']], items.show, show => loadItems({ show, page: 0 }));

  async function loadItems(change) {
    items = { ...items, ...change };
    if (change) shows();
    itemsAt = Date.now();
    const asked = items;
    const page = await get(`${path}/items?${new URLSearchParams(items)}`).catch(live);
    // Rows under the reader's hand stay as they are.
    if (!page || asked !== items || !change && $('items').querySelector('[aria-expanded=true]')) return;
    const focused = document.activeElement.getAttribute('aria-label');
    $('items').replaceChildren(...page.items.flatMap(item => itemRow(path, item)));
    if (focused?.startsWith('Answer of item')) $('items').querySelector(`[aria-label="${focused}"]`)?.focus();
    pager($('item-pages'), page.page, page.pages, next => loadItems({ page: next }));
  }

  function showResults() {
    const left = results.open.length ? `Without a result so far: ${spans(results.open, results.open_more)}.` : '';
    const reading = results.caught_up ? '' : `Reading the results: ${number(results.read)} of ${number(received(status))}. `;
    say($('open-items'), reading + left + (results.listed < results.read ? ` The table has the first ${number(results.listed)} results.` : ''));
    if (results.history.done.length) charts.show(results.history, bounds.max_cost_usd);
    const now = results.read + ' ' + results.replaced;
    if (now !== itemsOf && Date.now() - itemsAt > 3000) {
      itemsOf = now;
      loadItems();
    }
  }

  function showFailures() {
    const words = new Map((results?.failures ?? []).map(failure => [failure.code, failure.words]));
    const codes = Object.entries(status.failures ?? {}).sort((a, b) => b[1] - a[1]);
    $('failures').hidden = codes.length === 0;
    const texts = codes.map(([code, n]) => [code, number(n), (words.get(code) ?? []).map(word => (word.http_status ? `HTTP ${word.http_status}: ` : '') + word.message)]);
    if (JSON.stringify(texts) === $('failures').shown) return;
    $('failures').shown = JSON.stringify(texts);
    $('failure-rows').replaceChildren(...texts.map(([code, n, said]) => row(cell('', el('code', {}, code)), cell('Items', n, 'short'),
      cell('', el('div', {}, ...(said.length ? said.map(text => el('p', {}, text)) : ['–'])), 'wide'))));
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

  $('cancel').onclick = async () => {
    const sure = await ask({ title: 'Cancel this batch?', yes: 'Cancel the batch',
      text: 'Items without a result end as failed, and calls under way are broken off. Results that exist stay.' });
    if (sure) await post(path + '/cancel').then(() => tell('The cancellation is sent. The workers follow within a few seconds.'), live);
  };
  $('retry').onclick = async () => {
    const bound = bounds.max_cost_usd !== undefined;
    const sure = await ask({ title: `Call ${count(status.failed, 'failed item')} again?`, yes: 'Call them again',
      text: 'Each call is paid for again, and its new result replaces the failure.', field: bound ? 'New budget of the whole batch in USD (now ' + usd(bounds.max_cost_usd) + ')' : null });
    if (sure) {
      tell('The requests of the failed items are being looked for.');
      await post(path + '/retry-failed', sure.value ? { max_cost_usd: sure.value } : {}).then(({ submitted, missing }) => tell(
        `${count(submitted, 'item was', 'items were')} submitted again.` + (missing ? ` The requests of ${count(missing, 'item')} are no longer there.` : '')), live);
    }
  };
  shows();
  const stop = follow(path + '/stream', news => {
    if (status && news.status && isOver(news.status) && !isOver(status)) tell(`The batch is over. ${progress(news.status)}.`);
    ({ status = status, bounds = bounds, results = results } = news);
    if (status) show(news.now);
  }, live);
  return () => { stop(); charts.end(); };
}
