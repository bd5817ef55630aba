// What more than one screen looks at while the page is open: the state of the program and the last minutes of its traffic.
import { computed, effect, signal } from './vendor/ui.js';
import { ApiError, get, listen, session } from './api.js';
import { hue } from './hues.js';

const SPAN = 600; // seconds of traffic that are kept

/** The answer of GET status, or null before the first. */
export const status = signal(null);
/** Why there is no newer one; null while all is well. */
export const trouble = signal(null);
/** The latest event of "totals", or null. */
export const totals = signal(null);
/** How often the traffic below has grown; it is one object that changes. */
export const tick = signal(0);
/** Times in seconds, and for each outbound its bytes a second (both ways), oldest first. */
export const traffic = { times: [], rates: new Map(), up: [], down: [] };

/** The ways out but the plain one: tunnels, and VPNs that are up on this machine. */
export const tunnels = computed(() => (status.value?.outbounds ?? []).filter(isTunnel));
export const groups = computed(() => status.value?.groups ?? []);

/** What a rule can send to, beside `direct` and `block`: a node of a subscription is had through a group alone. */
export const targets = computed(() => [...groups.value, ...tunnels.value.filter(one => !one.subscription)].map(one => one.name));

export const isTunnel = outbound => outbound.name !== 'direct' && outbound.type !== 'block';

/** The colour of an outbound, the same on all screens. */
export const colourOf = name =>
  hue(
    tunnels.value.findIndex(one => one.name === name),
    name,
  );

/** "ok", "warn" (it has failed, and works again), "fail" or "off" (nothing has used it yet). */
export const healthOf = outbound =>
  outbound.failing
    ? 'fail'
    : outbound.failure
      ? 'warn'
      : outbound['connect-ms'] !== null && outbound['connect-ms'] !== undefined
        ? 'ok'
        : 'off';

export async function look() {
  try {
    status.value = await get('status');
    trouble.value = null;
  } catch (error) {
    trouble.value = error instanceof ApiError ? error : new ApiError(0, { message: String(error) });
  }
}

/** Takes an event of "totals". */
export function take(event) {
  const { times, rates, up, down } = traffic;
  times.push(Date.parse(event.time) / 1000);
  up.push(event['up-rate']);
  down.push(event['down-rate']);
  for (const name of Object.keys(event.outbounds)) {
    if (!rates.has(name)) rates.set(name, new Array(times.length - 1).fill(0));
  }
  for (const [name, values] of rates) {
    const [one, other] = event.outbounds[name] ?? [0, 0];
    values.push(one + other);
  }
  if (times.length > SPAN) {
    for (const values of [times, up, down, ...rates.values()]) values.shift();
  }
  totals.value = event;
  tick.value++;
}

effect(() => {
  if (session.value !== 'in') return undefined;
  look();
  const every = setInterval(() => document.hidden || look(), 15_000);
  const deaf = listen(['totals', 'status'], event => (event.topic === 'totals' ? take(event) : look()));
  return () => {
    clearInterval(every);
    deaf();
  };
});
