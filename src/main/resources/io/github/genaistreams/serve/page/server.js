// Requests to the server. The key stays in this tab: no cookie, nothing that outlives the tab.
const KEY = 'genai-key';
export class NoKey extends Error {}
export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const useKey = key => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);
async function send(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...options.headers, ...(key === null ? {} : { Authorization: 'Bearer ' + key }) };
  const answer = await fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit' });
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  const problem = new (answer.status === 401 ? NoKey : Error)(body.error?.message ?? `The server answers with HTTP ${answer.status}.`);
  throw Object.assign(problem, { isFinal: answer.status < 500 && answer.status !== 429 });
}
export const get = async path => (await send(path)).json();
export const post = async (path, body) =>
  (await send(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })).json();
/** Server-sent events, one JSON object each. */
async function read(path, signal, take) {
  const reader = (await send(path, { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop();
    events.forEach(event => take(JSON.parse(event.slice('data: '.length))));
  }
}

const visible = () => new Promise(go => document.hidden ? document.addEventListener('visibilitychange', go, { once: true }) : go());
/**
 * Follows a stream until it is stopped, and connects again when it breaks off; a hidden tab holds no connection.
 * Calls state with null when news come, and with an error when they do not.
 */
export function follow(path, take, state) {
  let stopped = false;
  let open = new AbortController();
  const hide = () => document.hidden && open.abort();
  document.addEventListener('visibilitychange', hide);
  (async () => {
    for (let pause = 1000; !stopped; pause = Math.min(2 * pause, 15000)) {
      await visible();
      open = new AbortController();
      try {
        await read(path, open.signal, event => {
          if (stopped) return;
          pause = 1000;
          state(null);
          take(event);
        });
      } catch (problem) {
        if (!stopped && !document.hidden) state(problem);
        if (problem.isFinal) return;
      }
      await new Promise(go => setTimeout(go, pause));
    }
  })();
  return () => {
    stopped = true;
    document.removeEventListener('visibilitychange', hide);
    open.abort();
  };
}
