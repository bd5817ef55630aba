// What the program says, as it says it; the newest at the top.
import {
  Badge,
  Button,
  Choice,
  Dialog,
  Empty,
  Failed,
  Icon,
  Loading,
  Screen,
  Search,
  html,
  useAsked,
  useEvents,
  useMemo,
  useRef,
  useState,
} from '../ui.js';
import { get } from '../api.js';
import { clock, count, moment } from '../format.js';
import { t } from '../i18n.js';
import { Copy } from '../parts.js';
import { Table, useNarrow } from '../table.js';

const KEPT = 2000;
const LEVELS = ['debug', 'info', 'warn', 'error'];
const KIND = { debug: 'off', info: 'info', warn: 'warn', error: 'fail' };

export default function Logs() {
  const [level, setLevel] = useState('info');
  const [search, setSearch] = useState('');
  const [paused, setPaused] = useState(false);
  const [revision, setRevision] = useState(0);
  const [shown, setShown] = useState(null);
  const narrow = useNarrow();
  const lines = useRef([]);
  const behind = useRef([]);
  const number = useRef(0);
  const mark = line => Object.assign(line, { number: number.current++, level: line.level.toLowerCase() });
  const asked = useAsked(async () => {
    const { items } = await get('logs', { level: 'debug', limit: 1000 });
    const inOrder = items.sort((a, b) => (a.time < b.time ? -1 : 1));
    lines.current = inOrder.map(line => mark({ ...line, asked: true })).reverse(); // some of them may come as events too
    setRevision(old => old + 1);
    return true;
  });
  useEvents(['logs'], event => {
    if (event.topic === 'open') return asked.value && !paused ? asked.reload() : undefined;
    if (lines.current.some(line => line.asked && line.time === event.time && line.message === event.message)) return undefined;
    (paused ? behind.current : lines.current).unshift(mark(event));
    if (lines.current.length > KEPT) lines.current.length = KEPT;
    if (behind.current.length > KEPT) behind.current.length = KEPT;
    return setRevision(old => old + 1);
  });
  const resume = () => {
    lines.current = [...behind.current, ...lines.current].slice(0, KEPT);
    behind.current = [];
    setPaused(!paused);
  };
  const rows = useMemo(() => {
    const word = search.toLowerCase();
    const least = LEVELS.indexOf(level);
    return lines.current.filter(
      line => LEVELS.indexOf(line.level) >= least && (!word || line.message.toLowerCase().includes(word)),
    );
  }, [revision, level, search, paused]);
  const columns = [
    {
      key: 'time',
      title: t('logs.time'),
      width: '84px',
      narrow: '70px',
      render: line => html`<span class="number muted">${clock(line.time)}</span>`,
    },
    {
      key: 'level',
      title: t('logs.level'),
      width: '92px',
      wide: true,
      render: line => html`<${Badge} kind=${KIND[line.level]}>${t(`logs.${line.level}`)}<//>`,
    },
    {
      key: 'message',
      title: t('logs.message'),
      width: 'minmax(0, 1fr)',
      render: line =>
        html`<span class="log-line log-${line.level}">${
          narrow && ['warn', 'error'].includes(line.level) && html`<${Icon} name=${KIND[line.level]} size=${13} /> `
        }${line.message}</span>`,
    },
  ];
  if (asked.error && lines.current.length === 0)
    return html`<${Screen} title=${t('logs.title')}><${Failed} error=${asked.error} retry=${asked.reload} /><//>`;
  return html`<${Screen} title=${t('logs.title')} intro=${t('logs.intro')}>
    <div class="toolbar"><${Choice} label=${t('logs.least')} value=${level} onChange=${setLevel} options=${LEVELS.map(one => [one, t(`logs.${one}`)])} />
      <${Search} label=${t('logs.search')} value=${search} onInput=${setSearch} />
      <${Button} icon=${paused ? 'play' : 'pause'} onClick=${resume}>${paused ? t('logs.resume', { n: count(behind.current.length) }) : t('logs.pause')}<//></div>
    <${Table} fill label=${t('logs.title')} columns=${columns} rows=${rows} rowKey=${line => line.number} height=${narrow ? 58 : 36} onOpen=${setShown}
      empty=${asked.value ? html`<${Empty} icon="logs" title=${t('logs.none')} text=${t('logs.noneText')} />` : html`<${Loading} />`} />
    ${
      shown &&
      html`<${Dialog} wide title=${t('logs.line')} onClose=${() => setShown(null)} actions=${html`<${Copy} text=${shown.message} />`}>
      <div class="stack"><p class="row"><${Badge} kind=${KIND[shown.level]}>${t(`logs.${shown.level}`)}<//><span class="muted">${moment(shown.time)} · ${clock(shown.time)}</span></p>
      <pre class="log-text">${shown.message}</pre></div><//>`
    }<//>`;
}
