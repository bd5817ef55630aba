// What the updates of a list from elsewhere changed in it, and what one that is held back would change.
import { get } from '../api.js';
import { count, moment } from '../format.js';
import { locale, t } from '../i18n.js';
import { Asked, Icon, html, useAsked, useState } from '../ui.js';
import './deciding.js'; // its texts and style
import { Signed } from './diff.js';

const day = time => new Date(time).toLocaleDateString(locale(), { day: 'numeric', month: 'short' });
const sums = counts => html`<span class="number">+${count(counts.added)} −${count(counts.removed)}</span>`;

/** How much the last update that changed something changed: "+12 −3 on 24 Nov". */
export const Change = ({ counts }) => html`${sums(counts)} <time datetime=${counts.time} title=${moment(counts.time)}>${t('news.on', { day: day(counts.time) })}</time>`;

/** How much one that is held back would. */
export const Waiting = ({ counts }) => html`${t('news.waiting')} ${sums(counts)}`;

/** Both, and the entries below; `item` is the list as the program tells of it, `path` where that is. */
export const News = ({ path, item }) => html`
  ${item.change && html`<${Part} path=${path} which="change" counts=${item.change} title=${html`<${Change} counts=${item.change} />`} />`}
  ${item.waiting && html`<${Part} path=${path} which="waiting" counts=${item.waiting} first title=${html`<${Icon} name="warn" size=${14} /> <${Waiting} counts=${item.waiting} />`} />`}`;

/** `first`: before anybody has opened it, as it is to be seen before the list is taken. */
function Part({ path, which, counts, title, first = false }) {
  const [open, setOpen] = useState(first);
  return html`<details class="news" open=${open} onToggle=${event => setOpen(event.currentTarget.open)}><summary>${title}</summary>
    ${open && html`<${Entries} path=${path} which=${which} counts=${counts} key=${counts.time} />`}</details>`;
}

function Entries({ path, which, counts }) {
  const asked = useAsked(() => get(`${path}/diff`), [path]);
  return html`<${Asked} from=${asked}>${told => told[which] && html`<div class="diff" tabindex="0" role="group" aria-label=${t('diff.label')}>
    <${Side} sign="+" all=${counts.added} entries=${told[which]['first-added']} />
    <${Side} sign="-" all=${counts.removed} entries=${told[which]['first-removed']} /></div>`}<//>`;
}

const Side = ({ sign, all, entries }) => html`${entries.map(text => html`<${Signed} key=${text} sign=${sign} text=${text} />`)}
  ${all > entries.length && html`<div class="gap">${sign} ${t('news.more', { count: count(all - entries.length) })}</div>`}`;
