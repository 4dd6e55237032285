// Which view is shown, the key, and what went wrong.
import { get, hasKey, useKey, forgetKey, NoKey } from './server.js';
import { $, el, cell, row, say, number, count } from './words.js';
import { showList } from './list.js';
import { showBatch } from './detail.js';

let stop = () => {};
/** Says whether news come: null if they do, or why not. */
function live(problem) {
  $('trouble').hidden = !problem;
  say($('trouble'), problem?.message ?? '');
  say($('live'), problem ? 'Not connected' : 'Live');
  if (problem instanceof NoKey) askKey(problem.message);
}

/** Says something at the top of the view; an empty text takes it away. */
function tell(text) {
  $('said').className = text ? '' : 'only-read';
  say($('said'), text);
}
/** Asks a question; resolves to null, or to {value}. */
function ask({ title, text, yes, no = 'Keep things as they are', field = null, secret = false }) {
  Object.entries({ title, text, yes, no, name: field ?? '' }).forEach(([part, words]) => say($('ask-' + part), words));
  $('ask-label').hidden = field === null;
  Object.assign($('ask-input'), { value: '', type: secret ? 'password' : 'text' });
  $('ask').returnValue = '';
  $('ask').showModal();
  return new Promise(answered => {
    $('ask-no').onclick = () => $('ask').close('');
    $('ask').onsubmit = event => { event.preventDefault(); $('ask').close('yes'); };
    $('ask').onclose = () => answered($('ask').returnValue === 'yes' ? { value: $('ask-input').value.trim() } : null);
  });
}
async function askKey(why) {
  if ($('ask').open) return;
  const text = why + ' The key stays in this tab until you close it.';
  const given = await ask({ title: 'This server asks for a key', text, yes: 'Use this key', no: 'Not now', field: 'Key', secret: true });
  if (given?.value) {
    useKey(given.value);
    show();
  }
}
async function showWorkers() {
  const { group, state, workers, backlog, credentials } = await get('api/workers');
  const waiting = Object.entries(backlog).map(([api, n]) => `${count(n, 'request')} of the ${api} API`).join(', ');
  say($('workers-text'), (workers.length ? `${count(workers.length, 'worker')} in the group ${group} (${state.toLowerCase()}).`
    : `No worker runs in the group ${group}: start one with “genai worker”.`) + (waiting ? ` Not read by a worker yet: ${waiting}.` : ''));
  $('worker-rows').replaceChildren(...workers.map(({ name, host, threads, partitions }) =>
    row(cell('', name, 'wide'), cell('Host', host), cell('Threads', number(threads)), cell('Partitions', number(partitions)))));
  $('credential-rows').replaceChildren(...credentials.map(({ alias, api, limits }) => row(cell('', alias), cell('API', api),
    cell('Limits', limits.length ? limits.map(([n, what]) => `${number(n)} ${what}`).join(', ') : 'as the API’s headers say', 'wide'))));
}
function followWorkers() {
  const look = () => document.hidden || showWorkers().then(() => live(null), live);
  look();
  const turns = setInterval(look, 5000);
  return () => clearInterval(turns);
}
/** Shows the view that the address names. */
async function show(event) {
  stop();
  const mine = stop = () => {};
  const [place, query] = location.hash.split('?');
  const [, given, id = ''] = place.split('/');
  const view = ['batch', 'workers'].includes(given) ? given : 'batches';
  ['batches', 'batch', 'workers'].forEach(name => { $(name).hidden = name !== view; });
  document.querySelectorAll('header nav a').forEach(link =>
    link.getAttribute('href') === '#/' + view ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current'));
  tell('');
  $('forget').hidden = !hasKey();
  say($('live'), 'Connecting…');
  try {
    document.title = (view === 'batch' ? decodeURIComponent(id) : view === 'workers' ? 'Workers' : 'Batches') + ' · genai-streams';
    const me = await get('api/me');
    if (stop !== mine) return;
    $('to-workers').hidden = !me.sees_all;
    stop = view === 'batch' ? showBatch(decodeURIComponent(id), me.may_write, ask, live, tell)
      : view === 'workers' ? followWorkers() : showList(new URLSearchParams(query), hash => { location.hash = hash; }, live);
  } catch (e) {
    live(e);
  }
  if (event && new URL(event.oldURL).hash.split('?')[0] !== place) $(view).querySelector('h1').focus();
}
$('forget').onclick = () => { forgetKey(); show(); };
addEventListener('hashchange', show);
show();
