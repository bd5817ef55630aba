// The flows as this page knows them: fetched once in pages, then kept up to date by what changed each second. What many flows
// have in common (their rule, their path) is one object, so that twenty thousand of them fit into a tab.
import { signal } from './vendor/ui.js';
import { get } from './api.js';

const PAGE = 1000;
const CLOSED = 1000;
const STRAYS = 20; // flows that a page had missed and that are asked for at once
const ENDED = 5000; // flows that are known to have ended, so that what comes late does not bring them back

/** Grows with each change. */
export const revision = signal(0);
/** "loading", "ready", or the ApiError why there are none. */
export const state = signal('loading');

/** Flows by id, in the order in which they were met. */
export const live = new Map();
/** Flows that ended, the newest first. */
export const closed = [];

const same = new Map();
let ended = new Set();
let busy = [];
let before = 0;
let run = 0;

function shared(key, value) {
  const known = same.get(key);
  if (known) return known;
  if (same.size > 5000) same.clear();
  same.set(key, value);
  return value;
}

function keep(flow) {
  if (flow.rule) flow.rule = shared(`r${flow.rule.file}:${flow.rule.line}:${flow.rule.column}:${flow.rule.text}`, flow.rule);
  flow.path = shared(`p${flow.path.join('\n')}`, flow.path);
  flow.from = Date.parse(flow.start);
  flow.rate = 0;
  return flow;
}

/** Fetches all anew: at first, and after the events had stopped. */
export async function fill() {
  const mine = ++run;
  ended = new Set();
  try {
    const seen = new Set();
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const page = await get('flows', { state: 'open', offset, limit: PAGE });
      if (mine !== run) return;
      total = page.total;
      for (const flow of page.items) {
        seen.add(flow.id);
        if (!ended.has(flow.id)) live.set(flow.id, keep(flow));
      }
      revision.value++;
    }
    for (const [id, flow] of live) if (!seen.has(id) && !flow.fresh) live.delete(id);
    closed.splice(0, closed.length, ...(await get('flows', { state: 'closed', limit: CLOSED })).items.map(keep));
    state.value = 'ready';
  } catch (error) {
    if (mine === run) state.value = error;
  }
  revision.value++;
}

/** Lets go of everything, when no screen shows flows. */
export function forget() {
  run++;
  live.clear();
  closed.length = 0;
  same.clear();
  busy = [];
  state.value = 'loading';
}

/** Takes an event of "flows". */
export function apply(event, now = Date.now()) {
  const seconds = Math.min(10, Math.max(0.5, (now - before) / 1000));
  before = now;
  for (const flow of busy) flow.rate = 0;
  busy = [];
  for (const flow of event.opened) live.set(flow.id, Object.assign(keep(flow), { fresh: true }));
  for (const flow of event.updated) live.set(flow.id, Object.assign(keep(flow), { fresh: live.get(flow.id)?.fresh }));
  const strays = [];
  for (const [id, up, down] of event.changed) {
    const flow = live.get(id);
    if (!flow) {
      if (!ended.has(id)) strays.push(id);
      continue;
    }
    flow.rate = (up - flow.up + down - flow.down) / seconds;
    flow.up = up;
    flow.down = down;
    busy.push(flow);
  }
  event.closed.forEach(end);
  if (closed.length > CLOSED) closed.length = CLOSED;
  if (strays.length && state.value === 'ready') fetchStrays(strays.slice(0, STRAYS));
  revision.value++;
}

function end(last) {
  ended.add(last.id);
  if (ended.size > ENDED) ended.delete(ended.values().next().value);
  const flow = live.get(last.id);
  if (!flow) return;
  live.delete(last.id);
  flow.up = last.up;
  flow.down = last.down;
  flow.end = last.end;
  flow['end-code'] = last['end-code'] ?? null;
  flow['who-ended'] = last['who-ended'] ?? null;
  flow.timing = { ...flow.timing, 'total-ms': last['time-ms'] };
  flow.state = 'closed';
  flow.rate = 0;
  closed.unshift(flow);
}

async function fetchStrays(ids) {
  for (const id of ids) {
    try {
      const flow = await get(`flows/${id}`, { list: false });
      if (flow.state !== 'closed' && !live.has(id)) live.set(id, keep(flow));
    } catch {
      ended.add(id); // it has ended meanwhile
    }
  }
  revision.value++;
}

const KEYS = {
  start: flow => flow.from,
  host: flow => flow.host,
  rate: flow => flow.rate,
  data: flow => flow.up + flow.down,
  device: flow => flow.device ?? flow.source,
  path: flow => flow.path.join('/'),
  rule: flow => (flow.rule ? flow.rule.file + String(flow.rule.line).padStart(7) : ''),
};

/** Those that are searched for, in order. */
export function select({ open, search, key, desc }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const flow of open ? live.values() : closed) if (words.every(word => holds(flow, word))) found.push(flow);
  const of = KEYS[key] ?? KEYS.start;
  const sign = desc ? -1 : 1;
  return found.sort((a, b) => {
    const one = of(a);
    const other = of(b);
    return one < other ? -sign : one > other ? sign : b.id - a.id;
  });
}

const holds = (flow, word) =>
  flow.host.toLowerCase().includes(word) ||
  (flow.device ?? '').toLowerCase().includes(word) ||
  flow.source.includes(word) ||
  (flow.sniffed ?? '').toLowerCase().includes(word) ||
  (flow.user ?? '').toLowerCase().includes(word) ||
  (flow.process ?? '').toLowerCase().includes(word) ||
  flow.network === word ||
  String(flow.port) === word ||
  flow.path.some(name => name.toLowerCase().includes(word)) ||
  Boolean(
    flow.rule &&
    (flow.rule.text.toLowerCase().includes(word) || `${flow.rule.file}:${flow.rule.line}`.toLowerCase().includes(word)),
  );
