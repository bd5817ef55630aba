// Things of the program that more than one screen shows.
import { Badge, Button, Icon, Menu, html, toast, useEffect, useEvery, useState } from './ui.js';
import { mayEdit, post, segment } from './api.js';
import { colourOf, healthOf, look, targets } from './live.js';
import { place, took } from './format.js';
import { has, t } from './i18n.js';
import { reason } from './reasons.js';

/** An outbound's or a group's name beside its colour. */
export const Road = ({ name }) => html`<span class="road"><span class="dot" style=${{ background: colourOf(name) }}></span>
  <span class="cut">${name}</span></span>`;

/** A way through groups to an outbound, in one line. */
export const Path = ({ path }) =>
  html`<span class="path-line">${(path ?? []).map(
    (name, i) =>
      html`${
        i > 0 &&
        html`<${Icon} name="chevron"
  size=${12} />`
      }${i === path.length - 1 ? html`<${Road} name=${name} />` : html`<span class="cut">${name}</span>`}`,
  )}</span>`;

/** Where a rule stands and what it says, with a way to the editor. */
export const Rule = ({ rule }) =>
  rule
    ? html`<span class="rule-ref"><code class="cut" title=${rule.text}>${rule.text}</code>
  <a class="mono" href=${`#/editor?file=${encodeURIComponent(rule.file)}&line=${rule.line}`}>${place(rule)}</a></span>`
    : html`<span class="muted">–</span>`;

/** A chain of what a flow passes: [{icon, what, name, note, link, state}], drawn with arrows. */
export const Chain = ({ label, steps }) =>
  html`<ol class="chain" aria-label=${label}>${steps.map(
    step => html`<li
  key=${step.what + step.name} class="link ${step.state ?? ''}"><span class="link-what"><${Icon} name=${step.icon} size=${15} />${step.what}</span>
  <span class="link-name">${step.road ? html`<${Road} name=${step.name} />` : step.name}</span>
  ${step.note && html`<span class="link-note">${step.link ? html`<a href=${step.link}>${step.note}</a>` : step.note}</span>`}</li>`,
  )}</ol>`;

/** What kind of way out it is; one that is no protocol of ours is a link of this machine. */
export const typeOf = outbound => (outbound.type === 'direct' ? t('outbound.interface') : outbound.type);

/** How an outbound does, in a word. */
export function Health({ outbound }) {
  const kind = healthOf(outbound);
  return html`<${Badge} kind=${kind} title=${outbound.failure ? reason(outbound.failure, outbound['failure-code']) : undefined}>${t(`health.${kind}`)}<//>`;
}

/** The milliseconds that it takes, or nothing. */
export const Pace = ({ outbound }) => html`<span class="number muted">${took(outbound['connect-ms'] ?? null)}</span>`;

/** Makes a rule for a host, and offers to take it back. */
export async function sendTo(host, to) {
  const made = await post('rules', { host, to });
  toast(t('send.done', { host, to, place: place(made.rule) }), {
    action: {
      label: t('action.undo'),
      run: async () => {
        await post(`changes/${segment(made.change)}/undo`);
        toast(t('send.undone', { host }));
      },
    },
  });
  look();
}

/** "Send this host through … / direct / block": a list, and a press on one of it. */
export function SendMenu({ host, small, text }) {
  if (!mayEdit()) return null;
  const items = [
    { heading: t('send.heading', { host }) },
    ...targets.value.map(name => ({ label: t('send.menu.through', { name }), icon: 'tunnels', run: () => sendTo(host, name) })),
    { label: t('send.menu.direct'), icon: 'right', run: () => sendTo(host, 'direct') },
    { label: t('send.menu.block'), icon: 'off', kind: 'danger', run: () => sendTo(host, 'block') },
  ];
  return html`<${Menu} icon="send" small=${small} text=${text} label=${t('send.label', { host })} items=${items} />`;
}

/** A page that came by http from another machine has no clipboard: there the text is marked in a field and copied from it. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement('textarea'), { value: text });
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
  return undefined;
}

/** A button that copies a text. */
export const Copy = ({ text, label }) =>
  html`<${Button} icon="copy" small label=${label ?? t('action.copy')} onClick=${async () => {
    await copy(text);
    toast(t('state.copied'));
  }} />`;

/** The message of a problem in the language of the page, if that has words for its code; likewise the hint. */
export const message = problem => (has(`warning.${problem.code}`) ? t(`warning.${problem.code}`, problem.about) : problem.message);
export const hint = problem => (has(`warning.${problem.code}.hint`) ? t(`warning.${problem.code}.hint`, problem.about) : problem.hint);

/** What is wrong, where, and what to do about it. */
export const Problem = ({
  problem,
}) => html`<li class="problem"><${Icon} name=${problem.severity === 'error' ? 'fail' : 'warn'} />
  <div><p>${message(problem)}</p>${hint(problem) && html`<p class="muted">${hint(problem)}</p>`}
  ${problem.file && html`<a class="mono" href=${`#/editor?file=${encodeURIComponent(problem.file)}&line=${problem.line}`}>${place(problem)}</a>`}</div></li>`;

/** How much time is left until a moment, counted down. */
export function Left({ until, over }) {
  const [, tick] = useState(0);
  useEvery(1000, () => tick(n => n + 1));
  const seconds = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
  useEffect(() => {
    if (seconds === 0) over?.();
  }, [seconds === 0]);
  const pad = n => String(n).padStart(2, '0');
  return html`<time class="left" datetime=${until}>${seconds >= 3600 ? `${Math.floor(seconds / 3600)}:` : ''}${seconds >= 3600 ? pad(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${pad(seconds % 60)}</time>`;
}
