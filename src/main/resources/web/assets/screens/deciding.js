// What the screens about decisions share: rules and roads as they are shown, and changes with their way back.
import { get, mayEdit, post } from '../api.js';
import { ago, count, place } from '../format.js';
import { language, part, t } from '../i18n.js';
import { look, status, targets } from '../live.js';
import { hint, message } from '../parts.js';

export { Left } from '../parts.js';
import { Badge, Button, Icon, Select, html, toast, useAsked, useEffect, useEvery, useState } from '../ui.js';

await Promise.all([part('deciding'), part('warnings'), new Promise(done => {
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/assets/screens/deciding.css', onload: done, onerror: done });
  document.head.append(sheet);
})]);

/** Opens another screen, or this one with other parameters; empty ones are left out. */
export function go(screen, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== '');
  location.hash = `#/${screen}${given.length ? `?${new URLSearchParams(given)}` : ''}`;
}

/** Says that a change was made, with its way back. */
export function changed(text, change, reload) {
  toast(text, change ? { action: { label: t('action.undo'), run: () => undo(change).then(reload) } } : {});
}

export async function undo(change) {
  await post(`changes/${change}/undo`);
  toast(t('change.undone'));
}

/** A file's place, which opens the editor there; for those who may not edit it is a text. */
export function Place({ at }) {
  const text = html`<span class="place">${place(at)}</span>`;
  return mayEdit() ? html`<a class="place-link" title=${at.file} href="#/editor?${new URLSearchParams({ file: at.file ?? '', line: at.line ?? 1 })}">${text}</a>` : text;
}

export const RuleText = ({ rule }) => html`<span class="rule-text"><code>${rule.text}</code> <${Place} at=${rule} /></span>`;

/** What the end of a road is: "direct", "block" or "tunnel". */
export const kindOf = name => (name === 'direct' || name === 'block' ? name : 'tunnel');

const ICONS = { direct: 'right', block: 'stop', tunnel: 'tunnels' };

/** A road's name, with a sign of its kind. */
export const Target = ({ name, path }) => html`<span class="target target-${kindOf((path ?? [name]).at(-1))}">
  <${Icon} name=${ICONS[kindOf((path ?? [name]).at(-1))]} size=${16} /><span>${path
    ? path.map((one, i) => html`${i > 0 && html`<span class="muted" aria-hidden="true"> › </span>`}${one}`) : name}</span></span>`;

/** The status, asked for anew when a screen that needs it is shown. */
export function useStatus() {
  useEffect(() => {
    look();
  }, []);
  return status.value;
}

/** Where a host can be sent: groups first, then the tunnels, then direct and block. */
export function useTargets() {
  useStatus();
  return [...targets.value, 'direct', 'block'];
}

/** For how long a new rule holds, as the server wants it. */
export const spans = () => ['', '10m', '1h', '24h'].map(span => [span, t(`span.${span || 'always'}`)]);

/** Why a change was refused, and where that is. `about`: in the words of the page, where the program's are of another language. */
export const Refusal = ({ error, about }) => html`<div class="refusal" role="alert"><p><${Badge} kind="fail">${t('refused')}<//> ${error.offline ? t('error.offline.title') : language() === 'en' ? error.message : told(error, about)}</p>
  ${!error.offline && language() !== 'en' && html`<p class="muted small-text" lang="en">${error.message}</p>`}
  ${error.problems?.length > 0 && html`<${Problems} problems=${error.problems} pick=${problem => go('editor', { file: problem.file, line: problem.line })} />`}</div>`;

/** What became of a request, by its status: what the program says is English. */
const told = (error, about) => [about, t(`refused.${[403, 409, 422, 429].includes(error.status) ? error.status : 'other'}`)].filter(Boolean).join('');

/** A row of buttons that send a host, or what a `rule` without a target fits, another way. */
export function Sending({ host, rule, now, done }) {
  const [span, setSpan] = useState('');
  const targets = useTargets();
  const [error, setError] = useState(null);
  const send = async to => {
    setError(null);
    try {
      const made = await post('rules', { ...(rule ? { rule } : { host }), to, for: span || null, until: null, where: 'first' });
      changed(t('sent', { what: host, to }), made?.change, done);
      done?.();
    } catch (problem) {
      setError(problem);
    }
  };
  if (!mayEdit()) return html`<p class="muted">${t('sending.forbidden')}</p>`;
  return html`<div class="sending"><${Select} label=${t('sending.span')} value=${span} options=${spans()} onChange=${setSpan} />
    <div class="send-buttons">${targets.map(to => html`<${Button} key=${to} icon=${ICONS[kindOf(to)]} disabled=${to === now} data-send=${to}
      onClick=${() => send(to)}>${kindOf(to) === 'tunnel' ? t('send.through', { to }) : t(`send.${to}`)}<//>`)}</div>
    ${error && html`<${Refusal} error=${error} />`}</div>`;
}

/** Back and forth in a list that the server gives page by page. */
export function Pager({ page, limit = 100, onChange }) {
  const last = Math.min(page.offset + limit, page.total);
  return html`<nav class="pager" aria-label=${t('pager')}><span class="muted">${t('pager.shown', { from: count(page.total ? page.offset + 1 : 0), to: count(last), total: count(page.total) })}</span>
    ${page.total > limit && html`<span class="actions">
      <${Button} small disabled=${page.offset === 0} onClick=${() => onChange(Math.max(0, page.offset - limit))}>${t('pager.back')}<//>
      <${Button} small disabled=${last >= page.total} onClick=${() => onChange(page.offset + limit)}>${t('pager.on')}<//></span>`}</nav>`;
}

/** A page of a list that the server searches: {search, setSearch, offset, setOffset, page}. `every`: asked anew after so many ms. */
export function usePage(path, { more = {}, limit = 100, every } = {}) {
  const [at, setAt] = useState({ search: '', offset: 0 });
  const page = useAsked(() => get(path, { ...at, ...more, limit }), [path, at.search, at.offset, JSON.stringify(more)]);
  useEvery(every ?? 86_400_000, () => page.error?.missing || page.reload());
  return { search: at.search, setSearch: search => setAt({ search, offset: 0 }), setOffset: offset => setAt({ ...at, offset }), page };
}

export const Since = ({ time }) => html`<time datetime=${time} title=${time}>${ago(time)}</time>`;

/** What a check found, each at its place. `pick` is called with a problem whose place is wanted. */
export const Problems = ({ problems, pick }) => html`<ul class="faults">${problems.map(problem => html`<li key=${problem.line + problem.message}>
  <${Badge} kind=${problem.severity === 'error' ? 'fail' : 'warn'}>${t(`severity.${problem.severity}`)}<//>
  <div><p><button type="button" class="linklike" onClick=${() => pick?.(problem)}>${place(problem)}</button> ${message(problem)}</p>
  ${hint(problem) && html`<p class="muted">${hint(problem)}</p>`}</div></li>`)}</ul>`;
