// The rules in the order in which they are asked, page by page from the server, and the rule-sets that they use.
import { get, mayEdit, maySwitch, post, remove, segment } from '../api.js';
import { count } from '../format.js';
import { t } from '../i18n.js';
import { hint, message } from '../parts.js';
import { reason, words } from '../reasons.js';
import { Asked, Button, Card, Choice, Empty, Failed, Icon, Input, Screen, Search, Select, html, toast, useAsked, useEvents, useState } from '../ui.js';
import { Left, Pager, Refusal, RuleText, Since, Target, changed, go, spans, usePage, useTargets } from './deciding.js';
import { Change, News, Waiting } from './news.js';

export default function Rules({ parameters }) {
  const tab = parameters.get('tab') ?? 'rules';
  const set = parameters.get('set');
  return html`<${Screen} title=${t('nav.rules')} intro=${t('rules.intro')}>
    <${Choice} label=${t('nav.rules')} value=${tab} onChange=${to => go('rules', { tab: to })} options=${[['rules', t('rules.tab.rules')], ['sets', t('rules.tab.sets')]]} />
    ${tab !== 'sets' ? html`<${List} />` : set ? html`<${Entries} name=${set} key=${set} />` : html`<${Sets} />`}<//>`;
}

function List() {
  const [adding, setAdding] = useState(false);
  const { search, setSearch, setOffset, page } = usePage('rules', { every: 5000 });
  const drop = async rule => {
    const change = await remove(`rules/${rule.index}`, { text: rule.text });
    changed(t('rules.removed', { rule: rule.text }), change?.change, page.reload);
    page.reload();
  };
  return html`<div class="toolbar"><${Search} label=${t('rules.search')} value=${search} onInput=${setSearch} />
    ${mayEdit() && html`<${Button} icon=${adding ? 'close' : 'plus'} kind=${adding ? '' : 'primary'} aria-expanded=${adding ? 'true' : 'false'}
      onClick=${() => setAdding(!adding)}>${t(adding ? 'action.close' : 'rules.add')}<//>`}</div>
    ${adding && html`<${Add} reload=${page.reload} done=${() => setAdding(false)} />`}
    <${Asked} from=${page}>${told => (told.total === 0
      ? html`<${Empty} icon="rules" title=${search ? t('none.found', { text: search }) : t('rules.none')} />`
      : html`<${Table} items=${told.items} drop=${drop} reload=${page.reload} /><${Pager} page=${told} onChange=${setOffset} />`)}<//>`;
}

const Table = ({ items, drop, reload }) => html`<div class="card flush"><table class="list rules"><thead><tr>
  <th class="number">${t('rules.number')}</th><th>${t('rules.rule')}</th><th>${t('rules.to')}</th><th class="number">${t('rules.hits')}</th>
  <th>${t('rules.last')}</th><th><span class="unseen">${t('rules.remove')}</span></th></tr></thead>
  <tbody>${items.map(item => html`<tr key=${`${item.rule.index} ${item.rule.text}`}>
    <td class="number muted">${item.rule.index + 1}</td>
    <td class="main"><${RuleText} rule=${item.rule} /><${Remarks} item=${item} reload=${reload} /></td>
    <td data-label=${t('rules.to')}><${Target} name=${item.to} /></td>
    <td class="number" data-label=${t('rules.hits')}>${count(item.hits)}</td>
    <td data-label=${t('rules.last')}>${item['last-hit'] ? html`<${Since} time=${item['last-hit']} />` : html`<span class="muted">${t('never')}</span>`}</td>
    <td class="end">${mayEdit() && html`<${Button} small kind="quiet" icon="trash" label=${t('rules.remove.this', { n: item.rule.index + 1 })}
      onClick=${() => drop(item.rule)} />`}</td></tr>`)}</tbody></table></div>`;

const Remarks = ({ item, reload }) => html`
  ${item.list && html`<p class="remark muted"><a href="#/rules?tab=sets&set=${segment(item.list.name)}">${item.list.name}</a> <span>· ${t('entries', { n: item.list.entries, count: count(item.list.entries) })}</span>${item.list.updated && html` <span>· <${Since} time=${item.list.updated} /></span>`}${item.list.change && html` <span>· <${Change} counts=${item.list.change} /></span>`}</p>`}
  ${item.list?.waiting && html`<p class="remark warning"><${Icon} name="warn" size=${14} /><span><${Waiting} counts=${item.list.waiting} /></span></p>`}
  ${item.until && html`<p class="remark"><${Icon} name="clock" size=${14} />${t('rules.left')} <${Left} until=${item.until} over=${reload} /></p>`}
  ${(item.lint ?? []).map(finding => html`<p class="remark warning" key=${finding.message}><${Icon} name="warn" size=${14} /><span>${message(finding)}${hint(finding) && html` <span>${hint(finding)}</span>`}
    ${finding.other && html` <${RuleText} rule=${finding.other} />`}</span></p>`)}`;

function Add({ reload, done }) {
  const [asked, setAsked] = useState({ text: '', to: '', for: '', where: 'first' });
  const [error, setError] = useState(null);
  const targets = useTargets();
  const change = name => value => setAsked(old => ({ ...old, [name]: value }));
  const text = asked.text.trim();
  const whole = /^\{|,/.test(text);
  const named = whole && (/\bto\s*:/.test(text) || !text.startsWith('{')); // the rule says where it sends
  const to = asked.to || targets[0];
  const add = async event => {
    event.preventDefault();
    setError(null);
    try {
      const made = await post('rules', { [whole ? 'rule' : 'host']: text, to: named ? null : to, for: asked.for || null, until: null, where: asked.where });
      changed(t('rules.added', { rule: made?.rule?.text ?? text }), made?.change, reload);
      done();
      reload();
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<form class="card add" onSubmit=${add}><div class="fields">
    <div class="grow"><${Input} label=${t('rules.add.text')} hint=${t('rules.add.hint')} name="rule" value=${asked.text} onInput=${change('text')} placeholder="example.org" /></div>
    <${Select} label=${t('rules.to')} value=${to} disabled=${named} options=${targets.map(name => [name, name])} onChange=${change('to')} />
    <${Select} label=${t('sending.span')} value=${asked.for} options=${spans()} onChange=${change('for')} />
    <${Select} label=${t('rules.where')} value=${asked.where} options=${[['first', t('rules.where.first')], ['last', t('rules.where.last')]]} onChange=${change('where')} /></div>
    ${error && html`<${Refusal} error=${error} />`}
    <button type="submit" class="button primary" disabled=${!text}><span>${t('rules.add')}</span></button></form>`;
}

function Sets() {
  const sets = useAsked(() => get('rule-sets', { limit: 1000 }));
  useEvents(['status'], sets.reload); // a list that was fetched counts once it is in force
  const refresh = async name => {
    const told = await post(`rule-sets/${segment(name)}/refresh`);
    await words();
    if (told?.problem) toast(reason(told.problem, told['problem-code']), { kind: 'warn' });
    else toast(t(told?.changed ? 'sets.changed' : 'sets.same', { name }));
    sets.reload();
  };
  const accept = async name => {
    await post(`rule-sets/${segment(name)}/accept`);
    await refresh(name); // what was held back is not kept: it is fetched again, and taken
  };
  return html`<${Asked} from=${sets}>${told => (told.items.length === 0 ? html`<${Empty} icon="rules" title=${t('sets.none')} text=${t('sets.none.text')} />`
    : html`<div class="cells">${told.items.map(set => html`<${Card} key=${set.name} title=${set.name} className="set"
        actions=${html`<span class="muted">${set.format}</span>`}>
      <p class="figure">${count(set.entries)} <span class="muted">${t('entries.word', { n: set.entries ?? 0 })}</span></p>
      <p class="muted wrap">${set.source}</p>
      <p class="muted">${set.updated ? html`${t('sets.updated')} <${Since} time=${set.updated} />` : t(whence(set))}</p>
      ${set.warning && html`<p class="remark warning"><${Icon} name="warn" size=${14} /><span>${message(set.warning)}</span></p>`}
      ${set['problem-code'] && !set.held && html`<p class="remark warning"><${Icon} name="warn" size=${14} /><span>${reason(set.problem, set['problem-code'])}</span></p>`}
      <${News} path=${`rule-sets/${segment(set.name)}`} item=${set} />
      ${set['bad-lines'] > 0 && !set.problem && html`<p class="remark warning"><${Icon} name="warn" size=${14} /><span>${t('sets.bad', { n: set['bad-lines'] })}</span></p>`}
      <div class="actions"><${Button} small icon="search" onClick=${() => go('rules', { tab: 'sets', set: set.name })}>${t('sets.look')}<//>
        ${set.kind === 'url' && maySwitch() && html`<${Button} small icon="refresh" onClick=${() => refresh(set.name)}>${t('sets.refresh')}<//>`}
        ${set.held && mayEdit() && html`<${Button} small icon="check" onClick=${() => accept(set.name)}>${t('sets.accept')}<//>`}</div><//>`)}</div>`)}<//>`;
}

/** Where the entries of a list without a date are from. */
function whence(set) {
  if (set.kind === 'entries') return 'sets.inline';
  return set.entries === null ? 'sets.waiting' : set.source.startsWith('built-in:') ? 'sets.built-in' : 'sets.file';
}

function Entries({ name }) {
  const { search, setSearch, setOffset, page } = usePage(`rule-sets/${segment(name)}/entries`);
  return html`<div class="toolbar"><${Button} small kind="quiet" onClick=${() => go('rules', { tab: 'sets' })}>← ${t('sets.back')}<//><h2>${name}</h2>
    <${Search} label=${t('sets.search')} value=${search} onInput=${setSearch} /></div>
    <${Asked} from=${page}>${told => (told.total === 0 ? html`<${Empty} icon="search" title=${search ? t('none.found', { text: search }) : t('sets.empty')} />`
      : html`<ol class="card flush entries">${told.items.map(entry => html`<li key=${`${entry.file} ${entry.line} ${entry.text}`}><code>${entry.text}</code>
        <span class="place">${(entry.file ?? '').split('/').pop()}${entry.line ? `:${entry.line}` : ''}</span></li>`)}</ol><${Pager} page=${told} onChange=${setOffset} />`)}<//>`;
}
