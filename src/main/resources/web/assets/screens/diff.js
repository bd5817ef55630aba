// What differs between two texts, line by line.
import { t } from '../i18n.js';
import { html } from '../ui.js';

const MOST = 4_000_000; // cells of the table; beyond, the middle is shown as replaced

/** The lines of both texts in order: [{sign: " ", "-" or "+", text}]. */
export function lines(before, after) {
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = list => list.map(text => ({ sign: ' ', text }));
  return [...same(a.slice(0, head)), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...same(a.slice(a.length - tail))];
}

function middle(a, b) {
  const out = [];
  if (a.length * b.length > MOST) return [...a.map(text => ({ sign: '-', text })), ...b.map(text => ({ sign: '+', text }))];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ sign: ' ', text: a[i++] });
      j++;
    } else if (j === b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      out.push({ sign: '-', text: a[i++] });
    } else {
      out.push({ sign: '+', text: b[j++] });
    }
  }
  return out;
}

/** Only what changed, with three lines around it; a gap is {gap: number of lines}. */
export function hunks(before, after) {
  const all = lines(before, after);
  const near = all.map((line, i) => all.slice(Math.max(0, i - 3), i + 4).some(one => one.sign !== ' '));
  const out = [];
  for (let i = 0; i < all.length; i++) {
    if (near[i]) out.push(all[i]);
    else if (out.at(-1)?.gap) out.at(-1).gap++;
    else out.push({ gap: 1 });
  }
  return out;
}

const ofText = text => text.split('\n').filter(line => !/^(---|\+\+\+) /.test(line)).map(line => (line.startsWith('@@') ? { gap: 0 }
  : { sign: '+-'.includes(line[0]) && line ? line[0] : ' ', text: line.slice(1) }));

const WORDS = { '+': 'diff.added', '-': 'diff.removed' };

/** A line that is the same, new or gone. */
export const Signed = ({ sign, text }) => html`<div class=${sign === '+' ? 'plus' : sign === '-' ? 'minus' : 'same'}><span class="sign">${sign}${WORDS[sign]
  && html`<span class="unseen">${t(WORDS[sign])}</span>`}</span><code>${text || ' '}</code></div>`;

/** Shows what differs: `before` and `after`, or the `text` of a unified diff. */
export function Diff({ before, after, text }) {
  const shown = text === undefined ? hunks(before, after) : ofText(text);
  if (!shown.some(line => '+-'.includes(line.sign ?? 'x'))) return html`<p class="muted">${t('diff.same')}</p>`;
  return html`<div class="diff" tabindex="0" role="group" aria-label=${t('diff.label')}>${shown.map(line => (line.gap !== undefined
    ? html`<div class="gap">${line.gap ? t('diff.gap', { n: line.gap }) : '⋯'}</div>`
    : html`<${Signed} ...${line} />`))}</div>`;
}
