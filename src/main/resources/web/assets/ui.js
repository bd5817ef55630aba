// What all screens are built of. Tables with many rows are in table.js, plots in plot.js. Everything is drawn with htm:
//   html`<${Card} title="…"><${Button} icon="stop" onClick=${…}>Text<//><//>`
import { html, signal, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from './vendor/ui.js';
import { listen } from './api.js';
import { t } from './i18n.js';
import { refusal, words } from './reasons.js';
import { Icon } from './icons.js';

export * from './vendor/ui.js';
export { Icon };

const KINDS = { ok: 'ok', warn: 'warn', fail: 'fail', info: 'info', off: 'off', busy: 'busy' };

/** A screen's heading with what can be done beside it. */
export const Screen = ({ title, intro, actions, children }) => html`<div class="screen">
  <header class="screen-head"><div><h1 tabindex="-1">${title}</h1>${intro && html`<p class="muted">${intro}</p>`}</div>
    ${actions && html`<div class="actions">${actions}</div>`}</header>
  ${children}</div>`;

export const Card = ({ title, actions, kind, className = '', children }) => html`<section
  class="card ${kind ? `card-${kind}` : ''} ${className}" aria-label=${typeof title === 'string' ? title : undefined}>
  ${
    (title || actions) &&
    html`<header class="card-head"><h2>${title}</h2>
    ${actions && html`<div class="actions">${actions}</div>`}</header>`
  }
  ${children}</section>`;

/** A state: an icon and a word, so that colour is never alone. */
export const Badge = ({ kind = 'info', icon, title, children }) => html`<span class="badge badge-${kind}" title=${title}>
  <${Icon} name=${icon ?? KINDS[kind] ?? 'info'} size=${14} /><span>${children}</span></span>`;

/** A button; an icon alone needs a `label`. While the promise that onClick gives is under way it is busy. */
export function Button({ icon, kind = '', label, small, busy, onClick, children, ...more }) {
  const [waiting, setWaiting] = useState(false);
  const alive = useAlive();
  const click = async event => {
    const done = onClick?.(event);
    if (!done?.then) return;
    setWaiting(true);
    try {
      await done;
    } catch (error) {
      failed(error);
    } finally {
      if (alive.current) setWaiting(false);
    }
  };
  const at = busy || waiting;
  return html`<button type="button" class="button ${kind} ${small ? 'small' : ''} ${children ? '' : 'bare'}"
    aria-label=${label} title=${label} aria-busy=${at ? 'true' : undefined} disabled=${at || more.disabled} onClick=${click}
    ...${more}>${(icon || at) && html`<${Icon} name=${at ? 'busy' : icon} size=${small ? 16 : 18} />`}
    ${children && html`<span>${children}</span>`}</button>`;
}

/** A control with its label, and below it a hint or what is wrong. `children` gets the ids: ({id, describedBy}) => html`…` */
export function Field({ label, hint, error, hidden, children }) {
  const id = useId();
  const below = error || hint;
  return html`<div class="field ${error ? 'wrong' : ''}">
    <label for=${id} class=${hidden ? 'unseen' : ''}>${label}</label>
    ${children({ id, 'aria-describedby': below ? `${id}-about` : undefined, 'aria-invalid': error ? 'true' : undefined })}
    ${below && html`<p id="${id}-about" class="hint">${error && html`<${Icon} name="fail" size=${14} />`}${below}</p>`}</div>`;
}

export const Input = ({ label, hint, error, hidden, value, onInput, type = 'text', ...more }) => html`<${Field} label=${label}
  hint=${hint} error=${error} hidden=${hidden}>${ids => html`<input ...${ids} type=${type} value=${value}
    spellcheck="false" autocomplete="off" onInput=${event => onInput?.(event.target.value)} ...${more} />`}<//>`;

/** A choice of [value, text] pairs. */
export const Select = ({ label, hint, hidden, value, options, onChange, ...more }) => html`<${Field} label=${label}
  hint=${hint} hidden=${hidden}>${ids => html`<select ...${ids} value=${value}
    onChange=${event => onChange(event.target.value)} ...${more}>${options.map(
      ([key, text]) => html`<option key=${key}
    value=${key} selected=${key === value}>${text}</option>`,
    )}</select>`}<//>`;

export const Check = ({ label, checked, onChange, ...more }) => html`<label class="check"><input type="checkbox"
  checked=${checked} onChange=${event => onChange(event.target.checked)} ...${more} /><span>${label}</span></label>`;

/** A few choices side by side, of [value, text, icon]; with `icons` only these are seen. */
export function Choice({ label, value, options, onChange, icons }) {
  const name = useId();
  return html`<fieldset class="choice"><legend class="unseen">${label}</legend>${options.map(
    ([key, text, icon]) => html`<label
    key=${key} class=${key === value ? 'chosen' : ''} title=${icons ? text : undefined}><input type="radio" name=${name} checked=${key === value}
    onChange=${() => onChange(key)} />${icon && html`<${Icon} name=${icon} size=${16} />`}<span
    class=${icons ? 'unseen' : ''}>${text}</span></label>`,
  )}</fieldset>`;
}

/** A search box that tells what was typed once typing pauses. */
export function Search({ label, value, onInput, pause = 150 }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onInput(typed), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  return html`<div class="search"><${Icon} name="search" size=${16} /><input type="search" aria-label=${label} placeholder=${label}
    value=${typed} spellcheck="false" autocomplete="off" onInput=${event => setTyped(event.target.value)} /></div>`;
}

/** Nothing is here yet: why, and what to do about it. */
export const Empty = ({ icon = 'info', title, text, children }) => html`<div class="empty"><${Icon} name=${icon} size=${32} />
  <h3>${title}</h3>${text && html`<p>${text}</p>`}${children}</div>`;

/** What an answer that is no success means, and what to do about it. */
export function Failed({ error, retry }) {
  const kind = error.offline ? 'offline' : error.missing ? 'missing' : error.status === 403 ? 'forbidden' : 'other';
  return html`<${Empty} icon=${error.missing ? 'info' : 'warn'} title=${t(`error.${kind}.title`)}
    text=${kind === 'other' ? refusal(error) : t(`error.${kind}.text`)}>
    ${retry && html`<${Button} icon="refresh" onClick=${retry}>${t('action.retry')}<//>`}<//>`;
}

export const Loading = () => html`<div class="loading" role="status"><${Icon} name="busy" size=${24} />
  <span>${t('state.loading')}</span></div>`;

/** Draws what was asked for with useAsked, or why it is not there. */
export const Asked = ({ from, children }) =>
  from.error
    ? html`<${Failed} error=${from.error} retry=${from.reload} />`
    : from.value === undefined
      ? html`<${Loading} />`
      : children(from.value);

/** A dialog over the page; Escape and a press outside close it. */
export function Dialog({ title, onClose, wide, actions, children }) {
  const self = useRef();
  useLayoutEffect(() => {
    self.current.showModal();
    return () => self.current?.close();
  }, []);
  return html`<dialog ref=${self} class="dialog ${wide ? 'wide' : ''}" aria-label=${title} onClose=${onClose}
    onClick=${event => event.target === self.current && onClose()}><div class="dialog-body">
    <header class="card-head"><h2>${title}</h2><${Button} icon="close" kind="quiet" label=${t('action.close')} onClick=${onClose} /></header>
    <div class="dialog-content">${children}</div>${actions && html`<footer class="actions">${actions}</footer>`}</div></dialog>`;
}

/** A button that opens a list of things to do: [{label, icon, kind, run}], or a heading {heading}. */
export function Menu({ label, icon, kind, small, items, text }) {
  const id = useId();
  const list = useRef();
  const [shown, setShown] = useState(false); // what is in a list that nobody sees need not be there
  const place = event => {
    const box = event.currentTarget.getBoundingClientRect();
    const style = list.current.style;
    style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - 248))}px`;
    style.top = box.bottom + 320 > innerHeight && box.top > innerHeight / 2 ? 'auto' : `${box.bottom + 4}px`;
    style.bottom = style.top === 'auto' ? `${innerHeight - box.top + 4}px` : 'auto';
  };
  const run = item => () => {
    list.current.hidePopover();
    Promise.resolve(item.run()).catch(failed);
  };
  return html`<button type="button" class="button ${kind ?? ''} ${small ? 'small' : ''} ${text ? '' : 'bare'}" popovertarget=${id}
    aria-haspopup="true" aria-label=${label} title=${label} onClick=${place}><${Icon} name=${icon} size=${small ? 16 : 18} />
    ${text && html`<span>${text}</span>`}</button>
    <div id=${id} ref=${list} popover class="menu" aria-label=${label} onKeyDown=${walk}
      onBeforeToggle=${event => setShown(event.newState === 'open')}>${
        shown &&
        items.map(item =>
          item.heading
            ? html`<p key=${item.heading} class="menu-heading">${item.heading}</p>`
            : html`<button key=${item.label} type="button" class="menu-item ${item.kind ?? ''}" onClick=${run(item)}><${Icon}
        name=${item.icon ?? 'right'} size=${16} /><span>${item.label}</span></button>`,
        )
      }</div>`;
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll('button')];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
}

// --- toasts -----------------------------------------------------------------------------------------------------------

const toasts = signal([]);
let toastId = 0;

/** Says something for a while, with one thing that can be done about it: toast(text, {kind, action: {label, run}, seconds}) */
export function toast(text, { kind = 'ok', action, seconds = action ? 12 : 5 } = {}) {
  const id = ++toastId;
  toasts.value = [...toasts.value.slice(-3), { id, text, kind, action }];
  setTimeout(() => unsay(id), seconds * 1000);
}

const unsay = id => (toasts.value = toasts.value.filter(one => one.id !== id));

/** Says what went wrong. */
export async function failed(error) {
  await words();
  toast(
    error.offline ? t('error.offline.title') : error.missing && !error.body?.message ? t('error.missing.title') : refusal(error),
    { kind: 'fail', seconds: 10 },
  );
}

export const Toasts = () =>
  html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map(
    one => html`<div
  key=${one.id} class="toast toast-${one.kind}"><${Icon} name=${one.kind} /><span>${one.text}</span>
  ${
    one.action &&
    html`<${Button} small kind="quiet" icon="undo" onClick=${() => {
      unsay(one.id);
      return one.action.run();
    }}>${one.action.label}<//>`
  }
  <${Button} small kind="quiet" icon="close" label=${t('action.close')} onClick=${() => unsay(one.id)} /></div>`,
  )}</div>`;

// --- hooks ------------------------------------------------------------------------------------------------------------

export function useAlive() {
  const alive = useRef(true);
  useEffect(() => () => (alive.current = false), []);
  return alive;
}

/** Asks when shown, when `inputs` change and on reload(): {value, error, loading, reload}; the value stays while it asks again. */
export function useAsked(ask, inputs = []) {
  const [state, setState] = useState({ loading: true });
  const turn = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    setState(old => ({ ...old, loading: true }));
    try {
      const value = await ask();
      if (mine === turn.current) setState({ value, loading: false });
    } catch (error) {
      if (mine === turn.current)
        setState(old => ({
          value: old.value,
          error: error.status === undefined ? (console.error(error), error) : error,
          loading: false,
        }));
    }
  }, inputs);
  useEffect(() => {
    reload();
    return () => turn.current++;
  }, inputs);
  return { ...state, reload };
}

/** Listens to topics of events while the component is shown. */
export function useEvents(topics, listener) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => listen(topics, event => latest.current(event)), [topics.join()]);
}

/** Runs something every so many milliseconds while the page is seen. */
export function useEvery(ms, run) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || latest.current(), ms);
    return () => clearInterval(timer);
  }, [ms]);
}

/** A choice that this browser remembers. */
export function useKept(name, first) {
  const key = `fenliu.${name}`;
  const [value, setValue] = useState(() => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? first;
    } catch {
      return first;
    }
  });
  return [
    value,
    next => {
      localStorage.setItem(key, JSON.stringify(next));
      setValue(next);
    },
  ];
}
