// The first steps: a tunnel, the proof that ChatGPT works through it, and the browser pointed here.
import { get, mayEdit, maySwitch, post } from '../api.js';
import { t } from '../i18n.js';
import { Asked, Badge, Button, Card, Choice, Icon, Input, Screen, html, toast, useAsked, useEffect, useState } from '../ui.js';
import { Copy } from '../parts.js';
import { Refusal, changed } from './deciding.js';

export default function Setup() {
  const told = useAsked(() => get('setup'));
  return html`<${Screen} title=${t('nav.setup')} intro=${t('setup.intro')}><${Asked} from=${told}>${value => html`<ol class="setup">
    <${Part} number="1" title=${t('setup.tunnel')} done=${value.tunnels > 0}><${Tunnel} told=${value} reload=${told.reload} /><//>
    <${Part} number="2" title=${t('setup.test')}><${Test} ready=${value.tunnels > 0} /><//>
    <${Part} number="3" title=${t('setup.browser')}><${Browser} told=${value} /><//></ol>`}<//><//>`;
}

const Part = ({ number, title, done, children }) => html`<li class="card part"><header><span class="part-number" aria-hidden="true">${done ? html`<${Icon} name="check" size=${18} />` : number}</span>
  <h2>${title}</h2>${done && html`<${Badge} kind="ok">${t('setup.done')}<//>`}</header><div class="part-body">${children}</div></li>`;

/** What was pasted: the key of the request that it belongs in. */
export function recognise(text) {
  if (/^fenliu:\/\//i.test(text)) return 'pairing';
  if (/^https?:\/\//i.test(text)) return 'subscription';
  return /^[a-z0-9+.-]+:\/\//i.test(text) ? 'link' : null;
}

function Tunnel({ told, reload }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState(null);
  const [tried, setTried] = useState(null);
  const kind = recognise(text.trim());
  const take = async body => {
    setProblem(null);
    setTried(Object.keys(body)[0]);
    try {
      const made = await post('setup/tunnel', body);
      changed(t('setup.made'), made?.change, reload);
      setText('');
      reload();
    } catch (error) {
      setProblem(error);
    }
  };
  const paste = event => {
    event.preventDefault();
    return kind && take({ [kind]: text.trim() });
  };
  return html`${told.tunnels > 0 && html`<p>${t('setup.have', { n: told.tunnels })}</p>`}
    ${!mayEdit() ? html`<p class="muted">${t('sending.forbidden')}</p>` : html`
    ${told.interfaces.length > 0 && html`<p class="muted">${t('setup.found')}</p><ul class="found">${told.interfaces.map(one => html`<li key=${one.name}><div><strong>${one.name}</strong>
      <span class="muted">${one.kind}${one.addresses.length ? ` · ${one.addresses.join(', ')}` : ''}</span> <${Badge} kind=${one.up ? 'ok' : 'off'}>${t(one.up ? 'setup.up' : 'setup.down')}<//></div>
      ${one.outbound ? html`<${Badge} kind="ok">${t('setup.used', { name: one.outbound })}<//>` : html`<${Button} kind=${one.up && told.tunnels === 0 ? 'primary' : ''} disabled=${!one.up}
        onClick=${() => take({ interface: one.name })}>${t('setup.use', { name: one.name })}<//>`}</li>`)}</ul>`}
    <form class="paste" onSubmit=${paste}><${Input} label=${t(told.interfaces.length ? 'setup.paste.or' : 'setup.paste')} hint=${kind ? t(`setup.paste.${kind}`) : t('setup.paste.hint')} name="paste" value=${text} onInput=${setText}
      placeholder="ss://… · trojan://… · fenliu://… · https://…" /><button type="submit" class="button ${told.interfaces.some(one => one.up) ? '' : 'primary'}" disabled=${!kind}><span>${t('setup.add')}</span></button></form>`}
    ${problem && html`<${Refusal} error=${problem} about=${t(`setup.failed.${tried}`)} />`}`;
}

function Test({ ready }) {
  const [told, setTold] = useState(null);
  const test = async () => {
    setTold(null);
    const answer = await post('doctor/chatgpt', { outbound: null });
    setTold(answer.items.sort((one, other) => (one.outbound !== null) - (other.outbound !== null))); // what is said of all comes first
  };
  if (!maySwitch()) return html`<p class="muted">${t('error.forbidden.text')}</p>`;
  return html`<p class="muted">${t('setup.test.text')}</p><p><${Button} kind=${ready ? 'primary' : ''} icon="play" onClick=${test}>${t('setup.test.do')}<//></p>
    ${told && html`<ul class="checked" role="status">${told.filter(one => one.text ?? one.message).map((one, i) => html`<li key=${i}><${Badge} kind=${verdict(one)}>${t(`setup.verdict.${verdict(one)}`)}<//>
      <div><p><strong>${one.subject === 'all' ? '' : one.subject}</strong> ${one.outbound && html`<span class="muted">${one.outbound} · </span>`}${one.text ?? one.message}</p>${one.remedy && html`<p class="muted">${one.remedy}</p>`}</div></li>`)}</ul>`}`;
}

const verdict = one => ({ ok: 'ok', warn: 'warn', fail: 'fail' })[one.verdict ?? one.outcome] ?? 'off';

/** What lets other devices in. */
const LISTENER = '- {type: mixed, name: lan, listen: "0.0.0.0:7891", lan: trusted}';

const GUIDES = ['windows', 'mac', 'linux', 'android', 'iphone', 'firefox'];

const isLocal = address => /^(127\.|\[?::1|localhost)/.test(address ?? '');

/** Where this machine and the other devices of the home come in: [{whose, pac, proxy}]; who asks from afar is no part of this one. */
const entrances = told => [...(told.proxy && (isLocal(told.proxy) || told.home.length === 0) ? [{ whose: 'here', pac: told.pac, proxy: told.proxy }] : []),
  ...told.home.map(one => ({ whose: 'home', ...one }))];

function Browser({ told }) {
  const all = entrances(told);
  const [chosen, setChosen] = useState(Math.max(0, isLocal(location.hostname) ? 0 : all.findIndex(one => one.whose === 'home')));
  const { pac, proxy } = all[chosen] ?? all[0] ?? {};
  const guess = /iPhone|iPad/.test(navigator.userAgent) ? 'iphone' : /Android/.test(navigator.userAgent) ? 'android' : /Windows/.test(navigator.userAgent) ? 'windows' : /Mac/.test(navigator.userAgent) ? 'mac' : 'linux';
  const [guide, setGuide] = useState(guess);
  const colon = (proxy ?? '').lastIndexOf(':');
  const local = isLocal(proxy);
  const named = all.map((one, i) => [i, one.whose === 'here' ? t('setup.here') : told.home.length === 1 ? t('setup.home') : t('setup.home.by', { address: one.proxy.slice(0, one.proxy.lastIndexOf(':')) })]);
  return html`<p class="muted">${t('setup.browser.text')}</p>${all.length > 1 && html`<div class="scroll-x"><${Choice} label=${t('setup.whose')} value=${chosen} onChange=${setChosen} options=${named} /></div>`}
    <div class="point"><div class="stack">
    <dl class="addresses"><div><dt>${t('setup.pac')}</dt><dd><code>${pac ?? '–'}</code>${pac && html`<${Copy} text=${pac} />`}</dd></div>
      <div><dt>${t('setup.proxy')}</dt><dd><code>${proxy ?? '–'}</code>${proxy && html`<${Copy} text=${proxy} />`}</dd></div></dl>
    <div class="scroll-x"><${Choice} label=${t('setup.guide')} value=${guide} onChange=${setGuide} options=${GUIDES.map(one => [one, t(`setup.guide.${one}`)])} /></div>
    <ol class="guide">${t(`setup.guide.${guide}.steps`).split('\n').map(step => html`<li key=${step}>${fill(step, { pac, host: proxy?.slice(0, colon), port: proxy?.slice(colon + 1) })}</li>`)}</ol>
    ${local && html`<p class="muted"><${Icon} name="info" size=${14} /> ${fill(t(told.home.length > 0 ? 'setup.local.home' : 'setup.local'), { line: LISTENER })}</p>`}</div>
    ${pac && !local && html`<${Code} text=${pac} />`}</div>`;
}

/** A step's words, with what is to be typed set apart. */
const fill = (step, values) => step.split(/\[(\w+)\]/).map((part, i) => (i % 2 ? html`<code>${values[part] ?? '–'}</code>` : part));

/** A text as a QR code; the dark squares are one path. */
function Code({ text }) {
  const [code, setCode] = useState(null);
  useEffect(() => {
    get('qr', { text }).then(setCode, () => setCode(null));
  }, [text]);
  if (!code) return null;
  const squares = code.rows.flatMap((row, y) => [...row].map((bit, x) => (bit === '1' ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join('');
  return html`<figure class="qr"><svg viewBox="0 0 ${code.size + 8} ${code.size + 8}" role="img" aria-label=${t('setup.qr', { text })} shape-rendering="crispEdges">
    <rect class="qr-light" width="100%" height="100%" /><path class="qr-dark" d=${squares} /></svg><figcaption class="muted small-text">${t('setup.qr.text')}</figcaption></figure>`;
}
