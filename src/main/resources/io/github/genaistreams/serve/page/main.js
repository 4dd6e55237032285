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

function tell(text) {
  $('said').className = '';
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
    $('ask').querySelector('form').onsubmit = event => {
      event.preventDefault();
      $('ask').close('yes');
    };
    $('ask').onclose = () => answered($('ask').returnValue === 'yes' ? { value: $('ask-input').value.trim() } : null);
  });
}

async function askKey(why) {
  if ($('ask').open) return;
  const given = await ask({ title: 'This server asks for a key', text: `${why} The key stays in this tab until you close it.`, yes: 'Use this key', no: 'Not now', field: 'Key', secret: true });
  if (!given?.value) return;
  useKey(given.value);
  show();
}

async function showWorkers() {
  const { group, state, workers, backlog, credentials } = await get('api/workers');
  const waiting = Object.entries(backlog).map(([api, n]) => `${count(n, 'request')} of the ${api} API`).join(', ');
  say($('workers-text'), (workers.length ? `${count(workers.length, 'worker')} in the group ${group} (${state.toLowerCase()}).`
    : `No worker runs in the group ${group}: start one with “genai worker”.`) + (waiting ? ` Not read by a worker yet: ${waiting}.` : ''));
  $('worker-rows').replaceChildren(...workers.map(worker => row(cell('', worker.name, 'wide'), cell('Host', worker.host), cell('Threads', number(worker.threads)),
    cell('Partitions', number(worker.partitions)))));
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
  stop = () => {};
  const [, view = 'batches', id] = location.hash.split('?')[0].split('/');
  const query = new URLSearchParams(location.hash.split('?')[1]);
  ['batches', 'batch', 'workers'].forEach(name => { $(name).hidden = name !== view; });
  document.querySelectorAll('header nav a').forEach(link =>
    link.getAttribute('href') === '#/' + view ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current'));
  $('said').className = 'only-read';
  say($('said'), '');
  $('forget').hidden = !hasKey();
  say($('live'), 'Connecting…');
  try {
    const me = await get('api/me');
    $('to-workers').hidden = !me.sees_all;
    const go = hash => { location.hash = hash; };
    stop = view === 'batch' ? showBatch(decodeURIComponent(id), me.may_write, ask, live, tell)
      : view === 'workers' ? followWorkers() : showList(query, go, live);
  } catch (e) {
    live(e);
  }
  document.title = (view === 'batch' ? decodeURIComponent(id) : view === 'workers' ? 'Workers' : 'Batches') + ' · genai-streams';
  const isSameView = event && new URL(event.oldURL).hash.split('?')[0] === location.hash.split('?')[0];
  if (event && !isSameView) $(view).querySelector('h1').focus();
}

$('forget').onclick = () => { forgetKey(); show(); };
addEventListener('hashchange', show);
show();
