// The tunnels and the groups that choose among them: switch, pin, test, and how they did.
import {
  Asked,
  Badge,
  Button,
  Card,
  Choice,
  Dialog,
  Empty,
  Failed,
  Icon,
  Loading,
  Screen,
  html,
  toast,
  useAsked,
  useEvery,
  useMemo,
  useState,
} from '../ui.js';
import { get, mayEdit, maySwitch, post, put, segment } from '../api.js';
import { ago, bytes, count, moment, rate, took } from '../format.js';
import { t } from '../i18n.js';
import { colourOf, healthOf, look, status, totals, trouble, tunnels } from '../live.js';
import { Health, Road, typeOf } from '../parts.js';
import { Legend, Plot } from '../plot.js';
import { reason, words } from '../reasons.js';
import { News } from './news.js';

async function choose(group, member) {
  await put(`groups/${segment(group.name)}`, { member });
  toast(member === null ? t('tunnels.unpinned', { group: group.name }) : t('tunnels.chosen', { group: group.name, member }));
  await look();
}

const byName = name => status.value.outbounds.find(one => one.name === name);

/** What a test found, in a word. */
function Found({ result }) {
  if (!result) return null;
  return result.ok
    ? html`<${Badge} kind="ok">${took(result['answer-ms'] ?? result['connect-ms'])}<//>`
    : html`<${Badge} kind="fail">${t('health.fail')}<//>`;
}

function Member({ group, name, result }) {
  const outbound = byName(name);
  const now = group.now === name && (group.type !== 'load-balance' || group.choice !== null); // it has a member for each site
  const pinned = group.choice === name;
  const automatic = !group.selectable;
  const why = result?.failure ? reason(result.failure, result['failure-code']) : group.faults?.[name] && reason(group.faults[name], group['fault-codes']?.[name]);
  const label = now ? t('tunnels.inUse') : automatic ? t('tunnels.pin') : t('tunnels.use');
  return html`<li class="member ${now ? 'now' : ''}"><${Road} name=${name} />
    <span class="member-state">${result ? html`<${Found} result=${result} />` : outbound ? html`<${Health} outbound=${outbound} />` : ''}
      ${outbound && !result && html`<span class="number muted">${took(outbound['answer-ms'] ?? outbound['connect-ms'])}</span>`}</span>
    ${now && html`<${Badge} kind="info" icon=${pinned && automatic ? 'pin' : 'check'}>${pinned && automatic ? t('tunnels.pinned') : label}<//>`}
    ${
      !now &&
      maySwitch() &&
      html`<${Button} small icon=${automatic ? 'pin' : 'check'} label=${t(automatic ? 'tunnels.pinOne' : 'tunnels.useOne', { name })}
      onClick=${() => choose(group, name)}>${label}<//>`
    }
    ${why && html`<p class="member-why">${why}</p>`}</li>`;
}

function Group({ group }) {
  const members = group.all ?? group.members; // a choice leaves one member, and the others can still be chosen
  const [results, setResults] = useState(null);
  const test = async () => setResults((await post(`groups/${segment(group.name)}/test`)).members);
  const pinned = !group.selectable && group.choice;
  return html`<${Card} title=${html`${group.name} <span class="muted kind">${t(`group.${group.type}`) === `group.${group.type}` ? group.type : t(`group.${group.type}`)}</span>`}
    actions=${
      maySwitch() &&
      html`${pinned && html`<${Button} small icon="undo" onClick=${() => choose(group, null)}>${t('tunnels.unpin')}<//>`}
      <${Button} small icon="refresh" onClick=${test}>${t('tunnels.test')}<//>`
    }>
    ${
      members.length === 0
        ? html`<${Empty} icon="warn" title=${t('tunnels.empty')} text=${t('overview.emptyGroupHint')}><a class="button" href="#/setup">${t('overview.setup')}</a><//>`
        : html`<ul class="members">${members.slice(0, 60).map(
            name => html`<${Member} key=${name} group=${group} name=${name}
          result=${results?.find(one => one.name === name)} />`,
          )}</ul>
        ${members.length > 60 && html`<p class="muted">${t('tunnels.moreMembers', { n: members.length - 60 })}</p>`}`
    }<//>`;
}

function History({ outbound, hours }) {
  const asked = useAsked(() => get(`outbounds/${segment(outbound.name)}/history`, { hours }), [outbound.name, hours]);
  useEvery(60_000, asked.reload);
  const data = useMemo(() => {
    const points = asked.value?.points ?? [];
    return [
      points.map(one => Date.parse(one.time) / 1000),
      points.map(one => one['answer-ms']),
      points.map(one => one['connect-ms']),
    ];
  }, [asked.value]);
  const series = [
    { label: t('tunnels.answer'), colour: colourOf(outbound.name) },
    { label: t('tunnels.connect'), colour: 'var(--hue-direct)', fill: false, dash: 1 },
  ];
  return html`<${Asked} from=${asked}>${answer => {
    const points = answer.points;
    if (points.length < 2) return html`<p class="muted pad">${t('tunnels.nohistory')}</p>`;
    const attempts = points.reduce((sum, one) => sum + (one.attempts ?? 0), 0);
    const failures = points.reduce((sum, one) => sum + (one.failures ?? 0), 0);
    const tries = html`<span class="muted small-text">${t('tunnels.tries', { n: count(attempts), failed: count(failures) })}</span>`;
    if (points.filter(one => one['answer-ms'] !== null || one['connect-ms'] !== null).length < 2) return html`<p class="pad">${tries}</p>`;
    return html`<${Plot} label=${t('tunnels.plot', { name: outbound.name, hours })} series=${series} data=${data} format=${took} height=${150} />
      <div class="spread"><${Legend} series=${series} />${tries}</div>`;
  }}<//>`;
}

function Tunnel({ outbound, hours, onDoctor }) {
  const [result, setResult] = useState(null);
  const [up, down] = totals.value?.outbounds[outbound.name] ?? [0, 0];
  const test = async () => setResult((await post(`outbounds/${segment(outbound.name)}/test`)).members[0]);
  return html`<${Card} title=${html`<span class="row"><${Road} name=${outbound.name} /><span class="muted kind">${typeOf(outbound)}${outbound.via ? ` · ${t('tunnels.via', { name: outbound.via })}` : ''}</span></span>`}
    actions=${html`<${Health} outbound=${outbound} />`} kind=${healthOf(outbound) === 'fail' ? 'fail' : undefined}>
    ${outbound.failure && html`<p class="tunnel-why">${outbound.failing ? '' : `${t('tunnels.before')} `}${reason(outbound.failure, outbound['failure-code'])}</p>`}
    <div class="spread figures"><span class="row number"><${Icon} name="down" size=${14} />${rate(down)} <${Icon} name="up" size=${14} />${rate(up)}</span>
      ${outbound['connect-ms'] !== null && html`<span class="muted number">${t('tunnels.times', { connect: took(outbound['connect-ms']), answer: took(outbound['answer-ms']) })}</span>`}</div>
    <${History} outbound=${outbound} hours=${hours} />
    ${
      maySwitch() &&
      html`<div class="actions foot"><${Button} small icon="refresh" onClick=${test}>${t('tunnels.test')}<//>
      <${Button} small icon="shield" onClick=${() => onDoctor(outbound.name)}>${t('tunnels.doctor')}<//><${Found} result=${result} /></div>
      ${result && !result.ok && result.failure !== outbound.failure && html`<p class="tunnel-why">${reason(result.failure, result['failure-code'])}</p>`}`
    }<//>`;
}

const VERDICT = { ok: 'ok', warn: 'warn', fail: 'fail', info: 'info', skip: 'off' };

/** What was found of one tunnel, or, without a tunnel, of all. */
const Findings = ({ list }) =>
  html`<ul class="findings">${list.map(
    (one, i) => html`<li key=${i}><${Badge} kind=${VERDICT[one.verdict] ?? 'info'}>${t(`doctor.${one.verdict}`)}<//>
    <div><p>${one.subject !== 'all' && html`<span class="strong">${one.subject}</span> `}${one.text}</p>${one.remedy && html`<p class="muted">${one.remedy}</p>`}</div></li>`,
  )}</ul>`;

function Doctor({ outbound, onClose }) {
  const asked = useAsked(() => post('doctor/chatgpt', { outbound }), [outbound]);
  const findings = asked.value?.items ?? [];
  const names = [...new Set(findings.map(one => one.outbound))].sort((one, other) => (one !== null) - (other !== null)); // what is said of all comes first
  return html`<${Dialog} wide title=${outbound ? t('doctor.title', { name: outbound }) : t('doctor.all')} onClose=${onClose}
    actions=${html`<${Button} icon="refresh" busy=${asked.loading} onClick=${asked.reload}>${t('doctor.again')}<//>`}>
    ${
      asked.loading
        ? html`<${Loading} /><p class="muted middle-text">${t('doctor.wait')}</p>`
        : asked.error
          ? html`<${Failed} error=${asked.error} />`
          : names.map(
              name => html`<section key=${name} class="stack finding">${name && name !== outbound && html`<h3><${Road} name=${name} /></h3>`}
        <${Findings} list=${findings.filter(one => one.outbound === name)} /></section>`,
            )
    }<//>`;
}

function Subscription({ one }) {
  const refresh = async () => {
    const { changed, problem, 'problem-code': code } = await post(`subscriptions/${segment(one.name)}/refresh`);
    await words();
    toast(problem ? reason(problem, code) : t(changed ? 'subscription.changed' : 'subscription.same', { name: one.name }), {
      kind: problem ? 'warn' : 'ok',
    });
    await look();
  };
  const accept = async () => {
    await post(`subscriptions/${segment(one.name)}/accept`);
    await refresh(); // what was held back is not kept: it is fetched again, and taken
  };
  const part = one.total ? Math.min(1, (one.used ?? 0) / one.total) : null;
  return html`<${Card} title=${one.name} kind=${one.problem ? 'warn' : undefined} actions=${maySwitch() && html`<${Button} small icon="refresh" onClick=${refresh}>${t('action.refresh')}<//>`}>
    <div class="stack"><p class="muted cut" title=${one.source}>${one.source}</p>
    ${
      part !== null &&
      html`<div><div class="meter" role="meter" aria-label=${t('subscription.quota')} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(part * 100)}><span class=${part > 0.9 ? 'full' : ''} style=${{ width: `${part * 100}%` }}></span></div>
      <p class="small-text number">${t('subscription.used', { used: bytes(one.used ?? 0), total: bytes(one.total) })}</p></div>`
    }
    <p class="small-text muted">${t('subscription.nodes', { n: one.nodes })}${one.refused ? ` · ${t('subscription.refused', { n: one.refused })}` : ''} · ${one.updated ? t('subscription.updated', { ago: ago(one.updated) }) : t('subscription.never')}${one.expires ? ` · ${t('subscription.expires', { time: moment(one.expires) })}` : ''}</p>
    ${one.notes?.map(note => html`<p key=${note} class="small-text">${note}</p>`)}
    ${one.problem && html`<p class="remark warning"><${Icon} name="warn" size=${16} /><span>${reason(one.problem, one['problem-code'])}</span></p>`}
    <${News} path=${`subscriptions/${segment(one.name)}`} item=${one} />
    ${one.held && mayEdit() && html`<div class="actions"><${Button} small icon="check" onClick=${accept}>${t('subscription.accept')}<//></div>`}</div><//>`;
}

export default function Tunnels() {
  const [hours, setHours] = useState(24);
  const [doctor, setDoctor] = useState(undefined);
  if (!status.value) return trouble.value ? html`<${Failed} error=${trouble.value} retry=${look} />` : html`<${Loading} />`;
  const { groups, subscriptions } = status.value;
  return html`<${Screen} title=${t('tunnels.title')} intro=${t('tunnels.intro')} actions=${maySwitch() && html`<${Button} icon="shield" onClick=${() => setDoctor(null)}>${t('doctor.all')}<//>`}>
    ${groups.length > 0 && html`<h2 class="section">${t('tunnels.groups')}</h2><div class="columns">${groups.map(group => html`<${Group} key=${group.name} group=${group} />`)}</div>`}
    <div class="spread section"><h2>${t('tunnels.tunnels')}</h2><${Choice} label=${t('tunnels.span')} value=${hours} onChange=${setHours}
      options=${[
        [1, '1 h'],
        [24, '24 h'],
        [168, t('time.days', { n: 7 })],
      ]} /></div>
    ${
      tunnels.value.length === 0
        ? html`<${Card}><${Empty} icon="tunnels" title=${t('overview.notunnel')} text=${t('overview.notunnelText')}><a class="button primary" href="#/setup">${t('overview.setup')}</a><//><//>`
        : html`<div class="columns">${tunnels.value.slice(0, 40).map(one => html`<${Tunnel} key=${one.name} outbound=${one} hours=${hours} onDoctor=${setDoctor} />`)}</div>`
    }
    ${subscriptions?.length > 0 && html`<h2 class="section">${t('tunnels.subscriptions')}</h2><div class="columns">${subscriptions.map(one => html`<${Subscription} key=${one.name} one=${one} />`)}</div>`}
    ${doctor !== undefined && html`<${Doctor} outbound=${doctor} onClose=${() => setDoctor(undefined)} />`}<//>`;
}
