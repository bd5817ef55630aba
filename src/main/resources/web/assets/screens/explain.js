// Why a host goes the way it goes: every step of the decision, and one press to decide otherwise.
import { typeOf } from '../parts.js';
import { get } from '../api.js';
import { t } from '../i18n.js';
import { groups } from '../live.js';
import { refusal } from '../reasons.js';
import { Asked, Badge, Button, Card, Field, Icon, Input, Screen, Select, html, useAsked, useEffect, useState } from '../ui.js';
import { RuleText, Sending, Target, go, kindOf, useStatus } from './deciding.js';

const EXAMPLES = ['chatgpt.com', 'https://api.openai.com/v1/models', '10.1.2.3:22', 'example.org'];

export default function Explain({ parameters }) {
  const host = parameters.get('host') ?? '';
  return html`<${Screen} title=${t('nav.explain')} intro=${t('explain.intro')}><${Question} parameters=${parameters} />
    ${host ? html`<${Answer} query=${Object.fromEntries(parameters)} />` : html`<p class="examples"><span class="muted">${t('explain.try')}</span>
      ${EXAMPLES.map(one => html`<${Button} key=${one} small onClick=${() => go('explain', { host: one })}>${one}<//>`)}</p>`}<//>`;
}

function Question({ parameters }) {
  const given = name => parameters.get(name) ?? '';
  const [asked, setAsked] = useState({});
  const key = parameters.toString();
  useEffect(() => setAsked({ host: given('host'), port: given('port'), network: given('network'), source: given('source'), listener: given('listener') }), [key]);
  const change = name => value => setAsked(old => ({ ...old, [name]: value }));
  const ask = event => {
    event.preventDefault();
    if (asked.host?.trim()) go('explain', { ...asked, host: asked.host.trim() });
  };
  return html`<form class="card ask" role="search" onSubmit=${ask}>
    <div class="ask-line"><div class="search"><${Icon} name="search" size=${20} /><input type="text" name="host" value=${asked.host ?? ''} aria-label=${t('explain.host')}
      placeholder=${t('explain.placeholder')} autocomplete="off" autocapitalize="off" spellcheck="false" onInput=${event => change('host')(event.target.value)} /></div>
      <button type="submit" class="button primary"><span>${t('explain.ask')}</span></button></div>
    <details open=${Boolean(given('network') || given('source') || given('listener'))}><summary>${t('explain.options')}</summary>
      <${Options} asked=${asked} change=${change} /></details></form>`;
}

function Options({ asked, change }) {
  const listeners = useStatus()?.listeners ?? [];
  const devices = useAsked(() => get('devices', { limit: 200 }));
  const known = (devices.value?.items ?? []).flatMap(device => device.addresses.map(address => [address, device.name]));
  return html`<div class="fields">
    <${Select} label=${t('explain.network')} value=${asked.network || 'tcp'} onChange=${change('network')} options=${[['tcp', 'TCP'], ['udp', 'UDP']]} />
    <${Input} label=${t('explain.source')} value=${asked.source ?? ''} onInput=${change('source')} placeholder="192.168.1.20" list="explain-sources" />
    <datalist id="explain-sources">${known.map(([address, name]) => html`<option key=${address} value=${address}>${name ?? ''}</option>`)}</datalist>
    <${Select} label=${t('explain.listener')} value=${asked.listener ?? ''} onChange=${change('listener')}
      options=${[['', t('explain.any')], ...listeners.map(one => [one.name, `${one.name} · ${one.address}`])]} /></div>`;
}

function Answer({ query }) {
  const answer = useAsked(() => get('explain', query), [JSON.stringify(query)]);
  if (answer.error?.status === 400) return html`<${Refused} why=${refusal(answer.error)} />`;
  return html`<${Asked} from=${answer}>${told => (told.error ? html`<${Refused} why=${told.error} />` : html`<${Told} told=${told} reload=${answer.reload} />`)}<//>`;
}

/** No proxy would take such a host. */
const Refused = ({ why }) => html`<${Card} className="verdict verdict-block"><p class="verdict-line" role="status"><${Badge} kind="fail">${t('refused')}<//><span>${why}</span></p><//>`;

function Told({ told, reload }) {
  const open = told['needs-address'] ?? null;
  const host = `${told.host.includes(':') ? `[${told.host}]` : told.host}:${told.port}`;
  return html`<div class="beside"><div>
    <section class="card verdict verdict-${open === null ? kindOf(told.path?.at(-1) ?? told.target) : 'open'}" aria-label=${t('explain.verdict')} data-target=${told.target ?? ''}>
      <p class="verdict-line" role="status"><strong>${host}</strong><span class="muted">${(told.network ?? 'tcp').toUpperCase()}</span>
        <${Icon} name="right" size=${18} />${open === null ? html`<${Target} path=${told.path} />` : html`<strong>${t('explain.open')}</strong>`}</p></section>
    <${Chain} told=${told} open=${open} /></div>
    <${Card} title=${t('explain.otherwise')} className="steer"><p class="muted">${t('explain.otherwise.text')}</p>
      <${Sending} host=${told.host} now=${told.target} done=${reload} /><//></div>`;
}

const Step = ({ icon, kind, title, children }) => html`<li class="step step-${kind}"><span class="step-sign"><${Icon} name=${icon} size=${18} /></span>
  <div class="step-body"><h3>${title}</h3>${children}</div></li>`;

/** The decision from its beginning to its end, as steps of a road. */
function Chain({ told, open }) {
  const steps = told.steps ?? [];
  const passed = steps.filter(step => step.outcome !== 'yes');
  const path = told.path ?? [];
  const of = name => (told.outbounds ?? []).find(one => one.name === name);
  return html`<ol class="steps" aria-label=${t('explain.chain')}>
    ${passed.length > 0 && html`<${Passed} passed=${passed} all=${told.rule?.index ?? passed.length} />`}
    ${told.rule && html`<${Step} kind="rule" icon="rules" title=${t('explain.decides', { n: told.rule.index + 1 })}><p><${RuleText} rule=${told.rule} /></p>
      ${told.list && html`<div class="entry"><p class="muted">${t('explain.entry')}</p><p><${RuleText} rule=${told.list} /></p></div>`}<//>`}
    ${open !== null && html`<${Step} kind="open" icon="dns" title=${t('explain.open')}><p>${t('explain.open.text', { n: open + 1 })}</p><//>`}
    ${path.length > 0 && html`<${Step} kind="dns" icon="dns" title=${t('explain.dns')}><p>${resolved(told.dns, path.at(-1))}</p><//>`}
    ${path.slice(0, -1).map((name, i) => html`<${Step} key=${name} kind="group" icon="send" title=${t('explain.group', { name })}>
      <p>${t('explain.picks', { name: path[i + 1] })} <span class="muted">${picking(name)}</span></p><//>`)}
    ${path.length > 0 && html`<${End} name=${path.at(-1)} outbound=${of(path.at(-1))} />`}</ol>`;
}

function Passed({ passed, all }) {
  const unseen = Math.max(0, all - passed.length);
  return html`<${Step} kind="passed" icon="flows" title=${t('explain.passed', { n: passed.length + unseen })}>
    <details><summary>${t('explain.passed.show')}</summary>${unseen > 0 && html`<p class="muted">${t('explain.passed.before', { n: unseen })}</p>`}
      <ol class="tried">${passed.map(step => html`<li key=${step.rule.index}><${RuleText} rule=${step.rule} />
        <span class="why"><${Icon} name=${step.outcome === 'unknown' ? 'warn' : 'close'} size=${14} />${step.why}</span></li>`)}</ol></details><//>`;
}

/** How a group picks, in words. */
function picking(name) {
  const type = groups.value.find(group => group.name === name)?.type;
  return ['select', 'fallback', 'fastest', 'hash'].includes(type) ? `(${t(`group.${type}`)})` : type;
}

function resolved(dns, end) {
  if (dns?.resolver === 'far end') return t('explain.dns.far');
  if (!dns) return t(end === 'block' ? 'explain.dns.blocked' : end === 'direct' ? 'explain.dns.none' : 'explain.dns.far');
  return html`<code>${dns.resolver}</code>, ${dns.via ? t('explain.dns.via', { via: dns.via }) : t('explain.dns.direct')}`;
}

function End({ name, outbound }) {
  const kind = kindOf(name);
  const icons = { direct: 'right', block: 'stop', tunnel: 'tunnels' };
  return html`<${Step} kind=${kind} icon=${icons[kind]} title=${t(`explain.end.${kind}`, { name })}>${kind === 'tunnel'
    ? html`<p>${outbound && html`<${Badge} kind=${outbound.failing ? 'fail' : 'ok'}>${t(outbound.failing ? 'explain.failing' : 'explain.works')}<//> <span class="muted">${typeOf(outbound)}</span>`}</p>
      ${outbound?.failing && html`<p>${t('explain.failing.text')}</p>`}`
    : html`<p class="muted">${t(`explain.end.${kind}.text`)}</p>`}<//>`;
}
