// What goes where now, how the tunnels do, and what is wrong.
import { Button, Card, Empty, Failed, Icon, Loading, Screen, html, toast, useAsked, useEffect, useState } from '../ui.js';
import { get, mayEdit, post, remove, segment } from '../api.js';
import { ago, bytes, count, rate, took } from '../format.js';
import { part, t } from '../i18n.js';
import { colourOf, look, status, targets, tick, totals, traffic, trouble, tunnels } from '../live.js';
import { Health, Left, Problem, SendMenu, typeOf } from '../parts.js';
import { outcome, reason } from '../reasons.js';
import { Areas } from '../areas.js';
import { Sparkline } from '../sparkline.js';
import { Split } from '../split.js';

const SEEN = 300; // seconds
const FIRST = 6; // warnings

const Tile = ({
  icon,
  name,
  value,
  note,
  values,
}) => html`<div class="tile"><div class="tile-name"><${Icon} name=${icon} size=${16} />
  ${name}</div><div class="tile-value">${value}</div><div class="tile-foot"><span class="muted">${note}</span>
  ${values && html`<${Sparkline} values=${values} width=${84} height=${24} label="" />`}</div></div>`;

function Tiles() {
  const now = totals.value;
  tick.value;
  const recent = values => values.slice(-60);
  const through = tunnels.value.reduce((sum, one) => sum + sumOf(now?.outbounds[one.name]), 0);
  const all = now ? now['up-rate'] + now['down-rate'] : 0;
  return html`<div class="tiles">
    <${Tile} icon="down" name=${t('overview.down')} value=${rate(now?.['down-rate'])} note=${t('overview.sofar', { size: bytes(now?.down ?? status.value?.totals?.down) })} values=${recent(traffic.down)} />
    <${Tile} icon="up" name=${t('overview.up')} value=${rate(now?.['up-rate'])} note=${t('overview.sofar', { size: bytes(now?.up ?? status.value?.totals?.up) })} values=${recent(traffic.up)} />
    <${Tile} icon="flows" name=${t('overview.flows')} value=${count(now?.flows ?? status.value?.flows)} note=${html`<a href="#/flows">${t('overview.see')}</a>`} />
    <${Tile} icon="tunnels" name=${t('overview.share')} value=${all > 0 ? `${Math.round((through / all) * 100)} %` : '–'} note=${t('overview.shareNote')} /></div>`;
}

const sumOf = pair => (pair ? pair[0] + pair[1] : 0);

function Now() {
  const [at, setAt] = useState(null);
  tick.value;
  const from = Math.max(0, traffic.times.length - SEEN);
  const times = traffic.times.slice(from);
  if (times.length < 2) return html`<${Empty} icon="clock" title=${t('overview.soon')} text=${t('overview.soonText')} />`;
  const series = [...traffic.rates]
    .map(([name, values]) => ({ label: name, colour: colourOf(name), values: values.slice(from) }))
    .filter(one => one.label === 'direct' || one.values.some(value => value > 0))
    .sort((a, b) => (a.label === 'direct') - (b.label === 'direct'));
  const index = at !== null && at < times.length ? at : times.length - 1;
  return html`<${Areas} label=${t('overview.plot', { names: series.map(one => one.label).join(', ') })} times=${times} series=${series} span=${SEEN} format=${rate} onAt=${setAt} />
    <ul class="legend">${[...series].reverse().map(
      one => html`<li key=${one.label}><span class="dot" style=${{ background: one.colour }}></span>${one.label}
      <span class="value">${rate(one.values[index])}</span></li>`,
    )}</ul>`;
}

/** As many values as a small line has room for, each the mean of its part of the day. */
function coarse(values, parts = 48) {
  if (values.length <= parts) return values;
  return Array.from({ length: parts }, (_, i) => {
    const known = values
      .slice(Math.floor((i * values.length) / parts), Math.floor(((i + 1) * values.length) / parts))
      .filter(value => value !== null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  });
}

function Tunnel({ outbound }) {
  const history = useAsked(() => get(`outbounds/${segment(outbound.name)}/history`, { hours: 24 }), [outbound.name]);
  const values = coarse(history.value?.points.map(point => point['answer-ms'] ?? point['connect-ms']) ?? []);
  const known = values.filter(value => value !== null).sort((a, b) => a - b);
  const median = known[known.length >> 1];
  return html`<li class="tunnel-line"><div class="tunnel-name"><span class="dot" style=${{ background: colourOf(outbound.name) }}></span>
      <div class="cut"><a class="strong" href="#/tunnels">${outbound.name}</a>
      <div class="muted small-text cut">${typeOf(outbound)}${outbound.via ? ` · ${t('tunnels.via', { name: outbound.via })}` : ''}</div></div></div>
    <${Health} outbound=${outbound} />
    <div class="tunnel-day">${
      known.length > 1
        ? html`<${Sparkline} values=${values} width=${110} height=${30} colour=${colourOf(outbound.name)} label=${t('overview.day', { name: outbound.name, ms: took(median) })} />`
        : html`<span class="muted small-text">${t('overview.noday')}</span>`
    }</div>
    <span class="number tunnel-ms">${took(outbound['answer-ms'] ?? outbound['connect-ms'] ?? null)}</span>
    ${outbound.failure && outbound.failing && html`<p class="tunnel-why">${reason(outbound.failure, outbound['failure-code'])}</p>`}</li>`;
}

function Tunnels() {
  const all = tunnels.value;
  return html`<${Card} title=${t('overview.tunnels')} actions=${html`<a href="#/tunnels">${t('overview.allTunnels')}</a>`}>
    ${
      all.length === 0
        ? html`<${Empty} icon="tunnels" title=${t('overview.notunnel')} text=${t('overview.notunnelText')}><a class="button primary" href="#/setup">${t('overview.setup')}</a><//>`
        : html`<ul class="tunnel-list">${all.slice(0, 8).map(outbound => html`<${Tunnel} key=${outbound.name} outbound=${outbound} />`)}</ul>`
    }<//>`;
}

function Warnings() {
  const { warnings, groups, listeners, subscriptions } = status.value;
  const [whole, setWhole] = useState(false);
  const coded = warnings.some(warning => warning.code);
  useEffect(() => {
    if (coded) part('warnings');
  }, [coded]);
  const all = [
    ...warnings,
    ...groups
      .filter(one => one.members.length === 0 && !warnings.some(warning => warning.about.group === one.name))
      .map(one => ({ message: t('overview.emptyGroup', { name: one.name }), hint: t('overview.emptyGroupHint') })),
    ...(subscriptions ?? [])
      .filter(one => one.problem)
      .map(one => ({ message: `${one.name}: ${reason(one.problem, one['problem-code'])}`, hint: t('overview.subscriptionHint') })),
  ];
  return html`<${Card} title=${t('overview.warnings')} kind=${all.length ? 'warn' : undefined}>${
    all.length
      ? html`<ul class="problems">${all
          .slice(0, whole ? all.length : FIRST)
          .map((problem, i) => html`<${Problem} key=${i} problem=${problem} />`)}</ul>
        ${all.length > FIRST && html`<p class="facts"><${Button} small onClick=${() => setWhole(!whole)}>${whole ? t('overview.fewer') : t('overview.more', { n: all.length - FIRST })}<//></p>`}`
      : html`<p class="row"><span class="ok-text"><${Icon} name="ok" /></span>${t('overview.well')}</p>`
  }
    <p class="muted small-text facts">${t('overview.facts', { generation: status.value.generation, listeners: listeners.map(one => one.address ?? one.name).join(', ') || '–' })}</p><//>`;
}

/** Hosts that the rules send where they do not work, and what can be done about it. */
function Troubles() {
  const asked = useAsked(() => get('troubles', { limit: 20 }), [status.value]);
  const [whole, setWhole] = useState(false);
  const all = asked.value?.items ?? [];
  if (all.length === 0) return null;
  return html`<${Card} title=${t('overview.troubles')}><div class="stack"><p class="muted small-text">${t('overview.troublesText')}</p>
    <ul class="problems">${all.slice(0, whole ? all.length : FIRST).map(
      one => html`<li key=${`${one.host} ${one.path}`} class="problem trouble"><${Icon} name="warn" />
      <div><p><a class="strong" href=${`#/explain?host=${encodeURIComponent(one.host)}`}>${one.host}</a> <span class="muted">${one.path.join(' › ')}</span></p>
      <p class="muted small-text">${t('overview.trouble', { why: one.code === 'no-answer' ? t('overview.noAnswer') : outcome(one.end, one.code), count: one.count, ago: ago(one.time), device: one.device })}</p></div>
      <${SendMenu} host=${one.host} small /></li>`,
    )}</ul></div>
    ${all.length > FIRST && html`<p class="facts"><${Button} small onClick=${() => setWhole(!whole)}>${whole ? t('overview.fewer') : t('overview.more', { n: all.length - FIRST })}<//></p>`}<//>`;
}

const Hint = () => html`<${Card} kind="info" title=${t('overview.first')}><p>${t('overview.firstText')}</p>
  <p class="actions first-go"><a class="button primary" href="#/setup"><${Icon} name="setup" /><span>${t('overview.setup')}</span></a></p><//>`;

/** A button for sending everything one way for a while. What it opens is loaded then. */
function Pause() {
  const [Pausing, setPausing] = useState(null);
  const open = async () => {
    const { default: dialog } = await import('./pausing.js');
    setPausing(() => dialog);
  };
  return html`<${Button} icon="clock" onClick=${open}>${t('pause')}<//>
    ${Pausing && html`<${Pausing} onClose=${() => setPausing(null)} />`}`;
}

/** The rule that takes everything for a while. */
function Paused({ pause }) {
  const { rule, to, until } = pause;
  const end = async () => {
    const made = await remove(`rules/${rule.index}`, { text: rule.text });
    const undo = () => post(`changes/${segment(made.change)}/undo`).then(look);
    toast(t('pause.ended'), { action: { label: t('action.undo'), run: undo } });
    await look();
  };
  return html`<section class="card card-info paused" aria-label=${t('pause')}><${Icon} name="clock" />
    <p>${to === 'direct' || to === 'block' ? t(`pause.on.${to}`) : t('pause.on.through', { to })} <${Left} until=${until} over=${look} /></p>
    ${mayEdit() && html`<${Button} small icon="stop" onClick=${end}>${t('pause.end')}<//>`}</section>`;
}

export default function Overview() {
  if (!status.value) return trouble.value ? html`<${Failed} error=${trouble.value} />` : html`<${Loading} />`;
  const { pause } = status.value;
  const mayPause = mayEdit() && !pause && targets.value.length > 0;
  return html`<${Screen} title=${t('overview.title')} intro=${t('overview.intro')} actions=${mayPause && html`<${Pause} />`}>
    ${pause && html`<${Paused} pause=${pause} />`}
    ${tunnels.value.length === 0 && html`<${Hint} />`}
    <${Tiles} />
    <div class="overview-now"><${Card} title=${t('overview.split')}><${Split} /><//>
      <${Card} title=${t('overview.rates')}><${Now} /><//></div>
    <div class="columns"><${Tunnels} /><div class="stack wide-gap"><${Warnings} /><${Troubles} /></div></div><//>`;
}
