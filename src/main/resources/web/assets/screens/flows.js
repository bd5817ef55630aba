// All that passes through, as it passes: who, where to, by which rule, on which way, how fast.
import {
  Button,
  Choice,
  Dialog,
  Empty,
  Failed,
  Icon,
  Loading,
  Menu,
  Screen,
  Search,
  html,
  toast,
  useEffect,
  useEvents,
  useKept,
  useMemo,
  useRef,
  useState,
} from '../ui.js';
import { maySwitch, remove } from '../api.js';
import { apply, closed, fill, forget, live, revision, select, state } from '../flowstore.js';
import { age, bytes, count, place, rate, took } from '../format.js';
import { FlowDetail, endFlow, ending } from '../flowdetail.js';
import { t } from '../i18n.js';
import { Path, SendMenu } from '../parts.js';
import { Table, useNarrow } from '../table.js';

const Lines = ({ first, second }) =>
  html`<div class="lines"><div class="cut">${first}</div><div class="cut muted small-text">${second}</div></div>`;

const NARROW = 1080; // pixels, below which there is no room for all columns

const who = flow => flow.device ?? flow.source;

function Host({ flow, path }) {
  const note = path
    ? html`<${Path} path=${flow.path} />`
    : `${flow.network === 'udp' ? 'UDP' : 'TCP'} · ${flow.user ? `${flow.user} · ` : ''}${who(flow)}`;
  return html`<${Lines} first=${html`${flow.state === 'opening' && html`<span class="opening" title=${t('flows.opening')}><${Icon} name="busy" size=${13} /></span>`}<span
    class="strong">${flow.host}</span><span class="muted">:${flow.port}</span>`} second=${note} />`;
}

function columnsOf(open, hidden, narrow) {
  const all = [
    {
      key: 'host',
      title: t('flows.host'),
      width: 'minmax(130px, 2.3fr)',
      narrow: 'minmax(0, 1fr)',
      sort: true,
      fixed: true,
      render: flow => html`<${Host} flow=${flow} path=${narrow} />`,
    },
    {
      key: 'rule',
      title: t('flows.rule'),
      width: 'minmax(100px, 1.5fr)',
      sort: true,
      wide: true,
      render: flow => html`<${Lines}
      first=${flow.rule ? html`<code>${flow.rule.text}</code>` : '–'} second=${html`<span class="mono">${place(flow.rule)}</span>`} />`,
    },
    {
      key: 'path',
      title: t('flows.path'),
      width: 'minmax(120px, 1.2fr)',
      sort: true,
      wide: true,
      render: flow => html`<${Path} path=${flow.path} />`,
    },
    { key: 'device', title: t('flows.device'), width: 'minmax(90px, 1fr)', sort: true, wide: true, render: flow => who(flow) },
    open
      ? {
          key: 'rate',
          title: t('flows.rate'),
          width: '88px',
          end: true,
          sort: true,
          wide: true,
          render: flow => (flow.rate > 0 ? rate(flow.rate) : html`<span class="muted">–</span>`),
        }
      : {
          key: 'end',
          title: t('flows.end'),
          width: 'minmax(96px, 1fr)',
          wide: true,
          render: flow =>
            html`<${Lines} first=${ending(flow) ?? '–'} second=${flow['who-ended'] ? t(`flows.by.${flow['who-ended']}`) : ''} />`,
        },
    {
      key: 'data',
      title: t('flows.data'),
      width: '96px',
      narrow: '78px',
      end: true,
      sort: true,
      render: flow => html`<${Lines} first=${`↓ ${bytes(flow.down)}`} second=${`↑ ${bytes(flow.up)}`} />`,
    },
    {
      key: 'start',
      title: t('flows.age'),
      width: '74px',
      end: true,
      sort: true,
      wide: true,
      render: flow => (open ? age(Date.now() - flow.from) : took(flow.timing?.['total-ms'])),
    },
    {
      key: 'do',
      title: html`<span class="unseen">${t('flows.do')}</span>`,
      width: '76px',
      narrow: '36px',
      end: true,
      fixed: true,
      render: flow => html`<span class="row-actions"><${SendMenu} host=${flow.host} small />
      ${open && !narrow && maySwitch() && html`<${Button} small kind="quiet" icon="close" label=${t('flows.endOne', { host: flow.host })} onClick=${() => endFlow(flow)} />`}</span>`,
    },
  ];
  return { all, shown: all.filter(column => column.fixed || !hidden.includes(column.key)) };
}

function Ending({ search, onClose }) {
  return html`<${Dialog} title=${t('flows.endTitle')} onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} kind="danger" icon="stop" onClick=${async () => {
      const { ended } = await remove('flows', { search });
      toast(t('flows.ended', { n: ended }));
      onClose();
    }}>${t('flows.endAll')}<//>`}><p>${t('flows.endText', { search })}</p><//>`;
}

export default function Flows({ parameters }) {
  const [open, setOpen] = useState(true);
  const [search, setSearch] = useState(parameters.get('search') ?? '');
  const [sort, setSort] = useState({ key: 'start', desc: true });
  const [hidden, setHidden] = useKept('flows.hidden', ['device']);
  const [shown, setShown] = useState(null);
  const [ending, setEnding] = useState(false);
  const narrow = useNarrow(NARROW);
  const rows = useRef([]);
  useEffect(() => forget, []);
  useEvents(['flows'], event => (event.topic === 'open' ? fill() : apply(event)));
  useEffect(() => {
    if (state.value === 'loading') fill();
  }, []);
  const version = revision.value;
  const wish = JSON.stringify([open, search, sort]);
  const last = useRef('');
  // while somebody points at a row, or walks among them with the keyboard, none of them moves
  const held = document.querySelector('.holder:hover, .holder:has(:focus-visible), .holder :popover-open') !== null;
  if (!held || last.current !== wish || rows.current.length === 0) rows.current = select({ open, search, ...sort });
  last.current = wish;
  const { all, shown: columns } = useMemo(() => columnsOf(open, hidden, narrow), [open, hidden.join(), narrow, t('flows.host')]);
  if (state.value instanceof Error && live.size === 0)
    return html`<${Screen} title=${t('flows.title')}><${Failed} error=${state.value} retry=${fill} /><//>`;
  const toggle = key => setHidden(hidden.includes(key) ? hidden.filter(one => one !== key) : [...hidden, key]);
  const empty =
    state.value === 'loading'
      ? html`<${Loading} />`
      : html`<${Empty} icon="flows"
    title=${search ? t('flows.none') : t('flows.still')} text=${search ? t('flows.noneText') : t('flows.stillText')} />`;
  return html`<${Screen} title=${t('flows.title')} intro=${t('flows.intro')}>
    <div class="toolbar"><${Choice} label=${t('flows.which')} value=${open} onChange=${setOpen}
        options=${[
          [true, t('flows.open', { n: count(live.size) })],
          [false, t('flows.closed', { n: count(closed.length) })],
        ]} />
      <${Search} label=${t('flows.search')} value=${search} onInput=${setSearch} />
      <${Menu} icon="columns" label=${t('flows.columns')} items=${all.filter(column => !column.fixed).map(column => ({ label: column.title, icon: hidden.includes(column.key) ? 'off' : 'check', run: () => toggle(column.key) }))} />
      ${open && search && maySwitch() && html`<${Button} kind="danger" icon="stop" onClick=${() => setEnding(true)}>${t('flows.endAll')}<//>`}</div>
    <div class="holder">
      <${Table} fill narrowBelow=${NARROW} label=${t('flows.title')} columns=${columns} rows=${rows.current} rowKey=${flow => flow.id} height=${52} sort=${sort}
        onSort=${setSort} onOpen=${setShown} open=${shown?.id} empty=${empty} /></div>
    <p class="muted small-text" data-revision=${version}>${t('flows.shown', { n: count(rows.current.length) })}${held && ` · ${t('flows.held')}`}</p>
    ${shown && html`<${FlowDetail} flow=${live.get(shown.id) ?? closed.find(flow => flow.id === shown.id) ?? shown} onClose=${() => setShown(null)} />`}
    ${ending && html`<${Ending} search=${search} onClose=${() => setEnding(false)} />`}<//>`;
}
