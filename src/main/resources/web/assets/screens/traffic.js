// How much went where over hours and days, by what the user chooses.
import { get, mayEdit, remove } from '../api.js';
import { bytes, count, percent } from '../format.js';
import { t } from '../i18n.js';
import { refusal } from '../reasons.js';
import { Asked, Button, Card, Choice, Dialog, Empty, Screen, Select, html, toast, useAsked, useMemo, useState } from '../ui.js';
import { hue } from '../hues.js';
import { colourOf } from '../live.js';
import { Legend, Plot } from '../plot.js';
import { Copy } from '../parts.js';
import { Meter } from './dns.js';
import { go } from './deciding.js';

const KINDS = ['device', 'outbound', 'group', 'rule', 'domain', 'user'];
const SHOWN = 6; // lines of the plot; the rest is one line more
const SPANS = { day: ['hour', 1], week: ['hour', 7], month: ['day', 30] };

export default function Traffic({ parameters }) {
  const by = parameters.get('by') ?? 'device';
  const span = parameters.get('span') ?? 'day';
  const [forgetting, setForgetting] = useState(false);
  const [step, days] = SPANS[span] ?? SPANS.day;
  const told = useAsked(() => get('traffic', { by, step, from: new Date(Date.now() - days * 86_400_000).toISOString(), limit: 200 }), [by, span]);
  const forget = async () => {
    setForgetting(false);
    await remove('traffic');
    toast(t('traffic.forgotten'));
    told.reload();
  };
  return html`<${Screen} title=${t('nav.traffic')} intro=${t('traffic.intro')} actions=${mayEdit() && html`<${Button} icon="trash" kind="quiet" onClick=${() => setForgetting(true)}>${t('traffic.forget')}<//>`}>
    <div class="toolbar traffic-choice"><div class="scroll-x"><${Choice} label=${t('traffic.by')} value=${by} onChange=${to => go('traffic', { by: to, span })} options=${KINDS.map(one => [one, t(`traffic.by.${one}`)])} /></div>
      <${Choice} label=${t('traffic.span')} value=${span} onChange=${to => go('traffic', { by, span: to })} options=${Object.keys(SPANS).map(one => [one, t(`traffic.span.${one}`)])} /></div>
    ${told.error?.status === 409 ? html`<${Off} error=${told.error} by=${by} />` : html`<${Asked} from=${told}>${value => (value.series.length === 0
      ? html`<${Empty} icon="traffic" title=${t('traffic.none')} text=${t('traffic.none.text')} />` : html`<${History} told=${value} by=${by} key=${by + span} />`)}<//>`}
    ${forgetting && html`<${Dialog} title=${t('traffic.forget')} onClose=${() => setForgetting(false)} actions=${html`<${Button} onClick=${() => setForgetting(false)}>${t('action.cancel')}<//>
      <${Button} kind="danger" icon="trash" onClick=${forget}>${t('traffic.forget.do')}<//>`}><p>${t('traffic.forget.text')}</p><//>`}<//>`;
}

/** What is not kept: what the program says, and how to keep it. */
const Off = ({ error, by }) => html`<${Empty} icon="lock" title=${t(by === 'domain' ? 'traffic.off.domain' : 'traffic.off')} text=${refusal(error)}>
  <p class="row"><code>${by === 'domain' ? 'history: {domains: true}' : 'history: disk'}</code> <${Copy} text=${by === 'domain' ? 'history: {domains: true}' : 'history: disk'} /></p>
  ${mayEdit() && html`<${Button} icon="editor" onClick=${() => go('editor')}>${t('traffic.off.edit')}<//>`}<//>`;

function History({ told, by }) {
  const plotted = useMemo(() => plot(told, by), [told, by]);
  const sum = told.series.reduce((all, one) => all + one.up + one.down, 0);
  const most = Math.max(1, ...told.series.map(one => one.up + one.down));
  return html`<${Card} title=${t('traffic.over-time')} actions=${html`<span class="muted">${t(`traffic.step.${told.step}`)} · ${bytes(sum)}</span>`}>
    <${Plot} label=${t('traffic.plot', { what: t(`traffic.by.${by}`), n: told.series.length })} series=${plotted.series} data=${plotted.data} format=${bytes} height=${240} />
    <${Legend} series=${plotted.series} values=${plotted.sums.map(bytes)} /><//>
    <div class="card flush"><table class="list"><thead><tr><th>${t(`traffic.by.${by}`)}</th><th class="number">${t('down')}</th><th class="number">${t('up')}</th><th class="number">${t('flows.word')}</th>
      <th class="number">${t('traffic.share')}</th></tr></thead><tbody>${told.series.map(one => html`<tr key=${one.name}>
      <td class="main">${by === 'rule' ? html`<code>${one.name}</code>` : html`<strong>${one.name}</strong>`}</td>
      <td class="number" data-label=${t('down')}>${bytes(one.down)}</td><td class="number" data-label=${t('up')}>${bytes(one.up)}</td>
      <td class="number" data-label=${t('flows.word')}>${count(one.flows)}</td>
      <td class="number" data-label=${t('traffic.share')}><${Meter} part=${(one.up + one.down) / most} /><span class="percent">${percent(sum ? (one.up + one.down) / sum : 0)}</span></td></tr>`)}</tbody></table></div>`;
}

/** The lines of the plot: the largest by themselves and all others together, with zeros where nothing was counted. */
function plot(told, by) {
  const step = told.step === 'day' ? 86_400 : 3600;
  const seconds = time => Math.floor(Date.parse(time) / 1000 / step) * step;
  const all = told.series.flatMap(one => one.points.map(point => seconds(point[0])));
  const first = Math.min(seconds(told.from), ...all);
  const last = Math.max(Math.min(seconds(told.to), seconds(new Date().toISOString())), ...all);
  const times = [];
  for (let at = first; at <= last && times.length < 3000; at += step) times.push(at);
  const values = list => {
    const sums = new Map();
    for (const one of list) for (const [time, up, down] of one.points) sums.set(seconds(time), (sums.get(seconds(time)) ?? 0) + up + down);
    return times.map(at => sums.get(at) ?? 0);
  };
  const largest = told.series.slice(0, SHOWN);
  const others = told.series.slice(SHOWN);
  const lines = [...largest.map(one => ({ label: short(one.name), list: [one] })), ...(others.length ? [{ label: t('traffic.others', { n: others.length }), list: others }] : [])];
  return {
    series: lines.map((line, i) => ({ label: line.label, colour: by === 'outbound' && line.list.length === 1 ? colourOf(line.label) : hue(i, line.label), fill: false })),
    data: [times, ...lines.map(line => values(line.list))],
    sums: lines.map(line => line.list.reduce((sum, one) => sum + one.up + one.down, 0)),
  };
}

const short = name => (name.length > 42 ? `${name.slice(0, 40)}…` : name);
