// The way to the program: requests with the session's token, and one shared stream of events for all screens.
import { signal } from './vendor/ui.js';

const TOKEN = 'fenliu.token';

/** "asking", "away" (the program does not answer), "out" (nobody is logged in) or "in". */
export const session = signal('asking');
/** What the token may do: "read", "switch" or "admin". */
export const scope = signal('read');
export const version = signal('');
/** Of the events: "off" (no screen wants any), "connecting", "open" or "lost". */
export const link = signal('off');

export const maySwitch = () => scope.value !== 'read';
export const mayEdit = () => scope.value === 'admin';

/** An answer that is no success. `missing`: this program has no such endpoint or thing; `offline`: there was no answer. */
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message || (status ? `HTTP ${status}` : 'offline'));
    this.status = status;
    this.body = body;
    this.problems = body?.problems ?? [];
    this.missing = status === 404;
    this.offline = status === 0;
  }
}

async function ask(method, path, parameters, body) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  const headers = { Accept: 'application/json' };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, null);
  }
  const text = await answer.text();
  const told = parse(text);
  if (answer.ok) return told;
  if (answer.status === 401 && path !== '/api/v1/login') leave();
  throw new ApiError(answer.status, told);
}

function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 300) };
  }
}

/** A segment of a path: names may hold slashes and emoji. */
export const segment = name => encodeURIComponent(name);

export const get = (path, parameters) => ask('GET', `/api/v1/${path}`, parameters);
export const post = (path, body = {}, parameters) => ask('POST', `/api/v1/${path}`, parameters, body);
export const put = (path, body) => ask('PUT', `/api/v1/${path}`, null, body);
export const remove = (path, parameters) => ask('DELETE', `/api/v1/${path}`, parameters);

/** Goes in with what is there: a one-time code in the address, which is taken out of it at once, or this tab's token. */
export async function begin() {
  const code = /^#code=(.+)$/.exec(location.hash)?.[1];
  if (code) {
    history.replaceState(null, '', '#/overview');
    try {
      sessionStorage.setItem(TOKEN, (await post('login', { code: decodeURIComponent(code) })).token);
    } catch {
      sessionStorage.removeItem(TOKEN); // an old link: the token is asked for
    }
  }
  if (!sessionStorage.getItem(TOKEN)) {
    session.value = 'out';
    return;
  }
  try {
    await enter();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.offline) return leave();
    session.value = 'away'; // it may be restarting: this tab's token is kept
    setTimeout(begin, 2000);
  }
}

/** Goes in with a token that was typed; fails with an ApiError where it is wrong. */
export async function login(token) {
  sessionStorage.setItem(TOKEN, token.trim());
  await enter();
}

async function enter() {
  const self = await get('whoami');
  scope.value = self.scope;
  version.value = self.version;
  session.value = 'in';
}

export function leave() {
  sessionStorage.removeItem(TOKEN);
  session.value = 'out';
  disconnect();
}

// --- events -----------------------------------------------------------------------------------------------------------

const listeners = new Set();
let socket = null;
let carried = '';
let timer = 0;
let failures = 0;
let asking = false;

/**
 * Listens to topics ("flows", "totals", "logs", "dns", "status"); the answer ends it. After each connection the listener gets
 * {"topic": "open"}: what it knows may be old then and is to be asked for again.
 */
export function listen(topics, listener) {
  const entry = { topics, listener };
  listeners.add(entry);
  schedule(0);
  return () => {
    listeners.delete(entry);
    schedule(2000); // the next screen often wants the same
  };
}

/** Hands an event to all who listen to its topic. */
export function deliver(event) {
  const topic = event.topic === 'log' ? 'logs' : event.topic;
  for (const { topics, listener } of [...listeners]) {
    if (topic === 'open' || topics.includes(topic)) listener(event);
  }
}

const wanted = () => [...new Set([...listeners].flatMap(entry => entry.topics))].sort().join(',');

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(connect, delay);
}

function disconnect() {
  clearTimeout(timer);
  socket?.close();
  socket = null;
  carried = '';
  link.value = 'off';
}

async function connect() {
  const topics = wanted();
  if (topics === '' || session.value !== 'in') return disconnect();
  if (socket?.readyState === WebSocket.CONNECTING || asking) return; // it looks again once it is open
  if (socket && topics.split(',').every(topic => carried.split(',').includes(topic))) return;
  asking = true;
  link.value = failures ? 'lost' : 'connecting';
  try {
    open(topics, (await post('tickets')).ticket);
  } catch {
    lost();
  } finally {
    asking = false;
  }
}

function open(topics, ticket) {
  const url = new URL('/api/v1/events', location.origin);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = new URLSearchParams({ topics, ticket });
  const before = socket;
  const fresh = new WebSocket(url);
  socket = fresh;
  carried = topics;
  fresh.onopen = () => {
    before?.close();
    failures = 0;
    link.value = 'open';
    deliver({ topic: 'open' });
    connect();
  };
  fresh.onmessage = message => socket === fresh && deliver(JSON.parse(message.data));
  fresh.onclose = () => socket === fresh && lost();
}

function lost() {
  socket = null;
  carried = '';
  if (session.value !== 'in') return;
  link.value = 'lost';
  schedule(Math.min(15_000, 500 * 2 ** failures++));
}
