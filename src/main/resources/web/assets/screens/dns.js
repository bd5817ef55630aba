// Names: who asked for what, which resolver answered, from where, and for how long it holds.
import { get, maySwitch, remove } from '../api.js';
import { clock, count, took } from '../format.js';
import { t } from '../i18n.js';
import { Asked, Badge, Button, Card, Empty, Icon, Input, Screen, Search, Select, html, toast, useAsked, useEvents, useEvery, useState } from '../ui.js';
import { Pager, RuleText, Target, usePage } from './deciding.js';

const LIMIT = 50; // of the log, on a page
const KEPT = 1000; // by the program
const TYPES = ['A', 'AAAA', 'HTTPS', 'CNAME', 'MX', 'TXT', 'NS', 'SRV', 'PTR'];

export default function Dns() {
  const told = useAsked(() => get('dns'));
  useEvery(5000, () => told.error?.missing || told.reload());
  const flush = async () => {
    await remove('dns/cache');
    toast(t('dns.flushed'));
    told.reload();
  };
  return html`<${Screen} title=${t('nav.dns')} intro=${t('dns.intro')} actions=${maySwitch() && html`<${Button} icon="trash" onClick=${flush}>${t('dns.flush')}<//>`}>
    <div class="columns"><${Ask} /><${Card} title=${t('dns.upstreams')}><${Asked} from=${told}>${value => html`<${Figures} told=${value} /><${Upstreams} list=${value.upstreams ?? []} />`}<//><//></div>
    <${Log} /><//>`;
}

function Figures({ told }) {
  const share = told.queries ? Math.round((100 * told.hits) / told.queries) : 0;
  return html`<dl class="sums"><div><dt>${t('dns.queries')}</dt><dd>${count(told.queries)}</dd></div>
    <div><dt>${t('dns.hits')}</dt><dd>${share} %</dd></div><div><dt>${t('dns.entries')}</dt><dd>${count(told.entries)}</dd></div></dl>`;
}

function Upstreams({ list }) {
  const slowest = Math.max(1, ...list.map(one => one['median-ms'] ?? 0));
  if (list.length === 0) return html`<p class="muted">${t('dns.upstreams.none')}</p>`;
  return html`<table class="list plain"><thead><tr><th>${t('dns.upstream')}</th><th class="number">${t('dns.queries')}</th><th class="number">${t('dns.failures')}</th>
    <th class="number">${t('dns.median')}</th></tr></thead><tbody>${list.map(one => html`<tr key=${one.name}><td class="main"><code>${one.name}</code></td>
    <td class="number" data-label=${t('dns.queries')}>${count(one.queries)}</td>
    <td class="number" data-label=${t('dns.failures')}>${one.failures > one.queries / 10 ? html`<${Badge} kind="warn">${count(one.failures)}<//>` : count(one.failures)}</td>
    <td class="number" data-label=${t('dns.median')}><${Meter} part=${(one['median-ms'] ?? 0) / slowest} />${took(one['median-ms'])}</td></tr>`)}</tbody></table>`;
}

/** A small bar beside a number, which says nothing that the number does not. */
export const Meter = ({ part }) => html`<svg class="gauge" viewBox="0 0 60 6" width="60" height="6" aria-hidden="true"><rect class="gauge-all" width="60" height="6" rx="3" />
  <rect class="gauge-part" width=${Math.max(part > 0 ? 3 : 0, 60 * part)} height="6" rx="3" /></svg>`;

function Ask() {
  const [name, setName] = useState('');
  const [type, setType] = useState('A');
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  const ask = async event => {
    event.preventDefault();
    setError(null);
    setAnswer(null);
    try {
      setAnswer(await get('dns/query', { name: name.trim(), type }));
    } catch (problem) {
      setError(problem.message);
    }
  };
  return html`<${Card} title=${t('dns.ask')}><form class="ask-name" onSubmit=${ask}><${Input} label=${t('dns.name')} error=${error} name="name" value=${name} onInput=${setName} placeholder="chatgpt.com" />
    <${Select} label=${t('dns.type')} value=${type} onChange=${setType} options=${TYPES.map(one => [one, one])} />
    <button type="submit" class="button primary" disabled=${!name.trim()}><span>${t('dns.ask.do')}</span></button></form>
    ${answer && html`<${Answer} answer=${answer} />`}<//>`;
}

const Answer = ({ answer }) => html`<div class="answer" role="status"><ol class="steps small">
  ${answer.rule && html`<li class="step step-rule"><span class="step-sign"><${Icon} name="rules" size=${16} /></span><div class="step-body"><p><${RuleText} rule=${answer.rule} /></p></div></li>`}
  ${answer.path?.length > 0 && html`<li class="step"><span class="step-sign"><${Icon} name="send" size=${16} /></span><div class="step-body"><p>${t('dns.road')} <${Target} path=${answer.path} /></p></div></li>`}
  <li class="step"><span class="step-sign"><${Icon} name="dns" size=${16} /></span><div class="step-body"><p><${Badge} kind="info">${t(`dns.from.${answer.source}`)}<//>
    ${answer.resolver && html` <code>${answer.resolver}</code>`}${answer.via && html` ${t('dns.via', { via: answer.via })}`}</p>
    <p class="muted">${[answer.server, answer.age > 0 && t('dns.age', { n: answer.age }), took(answer.micros / 1000)].filter(Boolean).join(' · ')}</p></div></li>
  <li class="step step-last"><span class="step-sign"><${Icon} name=${answer.rcode === 'NOERROR' ? 'check' : 'close'} size=${16} /></span><div class="step-body">
    ${answer.records.length === 0 && html`<p>${t('dns.no-records', { code: answer.rcode })}</p>`}
    ${answer.records.map(record => html`<p key=${record.data}><code>${record.data}</code> <span class="muted">${record.type} · ${t('dns.ttl', { n: record.ttl })}</span></p>`)}
    ${(answer.errors ?? []).map(one => html`<p class="muted" key=${one.code}>${one.text || one.code}</p>`)}</div></li></ol></div>`;

/** What of a query is searched, as the server does. */
const words = one => [one.name, one.client, one.device, one.from, one.code, one.upstream].join('\n').toLowerCase();
const keyOf = one => [one.time, one.name, one.type, one.client].join(' ');

/** A page that was asked for, with what has come since. */
function joined(page, news) {
  const known = new Set(page.items.map(keyOf));
  const fresh = news.filter(one => !known.has(keyOf(one)));
  const items = [...fresh, ...page.items].sort((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0));
  return { ...page, items: items.slice(0, LIMIT), total: Math.min(KEPT, page.total + fresh.length) };
}

/** The newest queries come as they are made; what is further back, and what is found, is asked for. */
function Log() {
  const { search, setSearch, offset, setOffset, page } = usePage('dns/log', { limit: LIMIT });
  const [news, setNews] = useState([]);
  useEvents(['dns'], event => (event.topic === 'open' ? page.reload() : setNews(old => [event, ...old].slice(0, LIMIT))));
  const fits = offset > 0 ? [] : news.filter(one => words(one).includes(search.toLowerCase()));
  return html`<section class="stack" aria-label=${t('dns.log')}><div class="toolbar"><h2>${t('dns.log')}</h2><${Search} label=${t('dns.search')} value=${search} onInput=${setSearch} /></div>
    <${Asked} from=${page}>${asked => html`<${Queries} told=${joined(asked, fits)} search=${search} turn=${setOffset} />`}<//></section>`;
}

const Queries = ({ told, search, turn }) => (told.total === 0 ? html`<${Empty} icon="dns" title=${search ? t('none.found', { text: search }) : t('dns.log.none')} text=${search ? '' : t('dns.log.none.text')} />`
  : html`<div class="card flush"><table class="list dns-log"><thead><tr><th>${t('dns.time')}</th><th>${t('dns.name')}</th><th>${t('dns.answer')}</th><th>${t('dns.from')}</th>
    <th>${t('dns.client')}</th><th class="number">${t('dns.took')}</th></tr></thead><tbody>${told.items.map(entry => html`<tr key=${keyOf(entry)}>
    <td class="number muted">${clock(entry.time)}</td>
    <td class="main"><strong>${entry.name}</strong> <span class="muted">${entry.type}</span></td>
    <td>${entry.code === 'NOERROR' ? html`<code>${entry.answers?.join(', ') || '–'}</code>` : html`<${Badge} kind=${entry.code === 'NXDOMAIN' ? 'off' : 'warn'}>${entry.code}<//>`}
      ${entry.ttl > 0 && html` <span class="muted">${t('dns.ttl', { n: entry.ttl })}</span>`}</td>
    <td data-label=${t('dns.from')}>${t(`dns.from.${entry.from}`)}${entry.from === 'upstream' && html` <code>${entry.upstream}</code>`}${entry.via && html` <span class="muted">${t('dns.via', { via: entry.via })}</span>`}</td>
    <td data-label=${t('dns.client')}>${entry.device ?? entry.client}</td><td class="number" data-label=${t('dns.took')}>${took(entry['took-ms'])}</td></tr>`)}</tbody></table></div>
    <${Pager} page=${told} limit=${LIMIT} onChange=${turn} />`);
