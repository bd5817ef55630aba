// One flow from all sides: the way that it took and why, what its time went into, and what can be done.
import { Badge, Button, Dialog, html, toast, useAsked } from './ui.js';
import { ApiError, get, maySwitch, remove } from './api.js';
import { age, bytes, clock, place, rate, took } from './format.js';
import { t } from './i18n.js';
import { Chain, SendMenu } from './parts.js';
import { outcome } from './reasons.js';

const PHASES = ['queue', 'dns', 'connect', 'tls', 'first-byte'];

/** How a flow ended, in the language of the page. */
export const ending = flow => outcome(flow.end, flow['end-code']);

export async function endFlow(flow) {
  try {
    await remove(`flows/${flow.id}`);
  } catch (error) {
    if (!(error instanceof ApiError && error.missing)) throw error; // it was over already
  }
  toast(t('flows.endedOne', { host: flow.host }));
}

const editor = ref => `#/editor?file=${encodeURIComponent(ref.file)}&line=${ref.line}`;

/** @param more what is told of one flow only: the entry of a list that decided, and the program */
function steps(flow, more) {
  const chain = [
    {
      icon: 'device',
      what: t('flows.step.client'),
      name: flow.device ?? flow.source,
      note: more?.process ?? (flow.device && flow.device !== flow.source ? flow.source : undefined),
    },
    {
      icon: 'right',
      what: t('flows.step.listener'),
      name: flow.listener,
      note: flow.user ?? (flow.network === 'udp' ? 'UDP' : 'TCP'),
    },
  ];
  if (flow.rule)
    chain.push({
      icon: 'rules',
      what: t('flows.step.rule'),
      name: html`<code>${flow.rule.text}</code>`,
      note: place(flow.rule),
      link: editor(flow.rule),
    });
  if (more?.list)
    chain.push({
      icon: 'file',
      what: t('flows.step.list'),
      name: html`<code>${more.list.text}</code>`,
      note: place(more.list),
      link: editor(more.list),
    });
  flow.path.forEach((name, i) =>
    chain.push({
      icon: i === flow.path.length - 1 ? 'tunnels' : 'flows',
      what: t(i === flow.path.length - 1 ? 'flows.step.outbound' : 'flows.step.group'),
      name,
      road: true,
      note: i === flow.path.length - 1 ? flow.address : undefined,
    }),
  );
  chain.push({
    icon: 'dns',
    what: t('flows.step.host'),
    name: flow.host,
    note:
      flow.sniffed && flow.sniffed !== flow.host
        ? t('flows.sniffed', { name: flow.sniffed })
        : t('flows.port', { port: flow.port }),
    state:
      flow.state === 'open' ? 'ok' : flow.state === 'closed' && flow['who-ended'] !== 'client' && flow.end !== 'ok' ? 'fail' : '',
  });
  return chain;
}

/** What the time until the first byte went into, as a bar and in words. */
export function Timing({ timing }) {
  const known = PHASES.filter(phase => timing?.[`${phase}-ms`] !== null && timing?.[`${phase}-ms`] !== undefined);
  if (known.length === 0) return html`<p class="muted">${t('flows.notime')}</p>`;
  const sum = known.reduce((all, phase) => all + timing[`${phase}-ms`], 0);
  const words = known.map(phase => `${t(`flows.phase.${phase}`)} ${took(timing[`${phase}-ms`])}`).join(', ');
  return html`<div class="timing"><div class="timing-bar" role="img" aria-label=${words}>${known.map(
    phase => html`<span key=${phase}
    style=${{ flexGrow: Math.max(timing[`${phase}-ms`], sum / 200), background: `var(--hue-${PHASES.indexOf(phase)})` }}></span>`,
  )}</div>
    <ul class="legend">${known.map(
      phase => html`<li key=${phase}><span class="dot" style=${{ background: `var(--hue-${PHASES.indexOf(phase)})` }}></span>
    ${t(`flows.phase.${phase}`)}<span class="value">${took(timing[`${phase}-ms`])}</span></li>`,
    )}
    <li class="strong">${t('flows.phase.sum')}<span class="value">${took(sum)}</span></li></ul></div>`;
}

function State({ flow }) {
  if (flow.state === 'opening') return html`<${Badge} kind="busy">${t('flows.opening')}<//>`;
  if (flow.state === 'open') return html`<${Badge} kind="ok">${t('flows.isOpen')}<//>`;
  return html`<${Badge} kind="off">${flow['who-ended'] ? t(`flows.by.${flow['who-ended']}`) : t('flows.isClosed')}<//>`;
}

export function FlowDetail({ flow, onClose }) {
  const { value } = useAsked(() => get(`flows/${flow.id}`), [flow.id]); // nothing of one that ended long ago
  const more = value?.id === flow.id ? value : null;
  const facts = [
    [t('flows.start'), clock(flow.start)],
    [t('flows.lasted'), flow.state === 'closed' ? took(flow.timing?.['total-ms']) : age(Date.now() - flow.from)],
    [t('flows.downloaded'), bytes(flow.down)],
    [t('flows.uploaded'), bytes(flow.up)],
    ...(flow.rate ? [[t('flows.rate'), rate(flow.rate)]] : []),
    ...(flow.end ? [[t('flows.end'), ending(flow)]] : []),
    ...(flow.end && ending(flow) !== flow.end && flow.end !== 'ok' ? [[t('flows.words'), flow.end]] : []),
  ];
  return html`<${Dialog} wide title=${`${flow.host}:${flow.port}`} onClose=${onClose} actions=${html`
    <a class="button" href=${`#/explain?host=${encodeURIComponent(flow.host)}&port=${flow.port}&network=${flow.network}`} onClick=${onClose}>${t('flows.why')}</a>
    <${SendMenu} host=${flow.host} text=${t('flows.send')} />
    ${
      flow.state !== 'closed' &&
      maySwitch() &&
      html`<${Button} kind="danger" icon="stop" onClick=${async () => {
        await endFlow(flow);
        onClose();
      }}>${t('flows.stop')}<//>`
    }`}>
    <div class="stack"><div><${State} flow=${flow} /></div><${Chain} label=${t('flows.way')} steps=${steps(flow, more)} />
      <h3>${t('flows.timing')}</h3><${Timing} timing=${flow.timing} />
      <dl class="facts-list">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div><//>`;
}
