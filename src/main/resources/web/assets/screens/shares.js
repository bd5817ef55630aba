// How a whole is shared: a bar in pieces, and below it what they are in words and numbers.
import { bytes, percent } from '../format.js';
import { html } from '../ui.js';
import { colourOf } from '../live.js';

/** `parts`: [[name, bytes]…], largest first */
export function Shares({ parts }) {
  const total = parts.reduce((sum, [, value]) => sum + value, 0) || 1;
  let x = 0;
  return html`<svg class="shares" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${parts.map(([name, value]) => {
    const from = x;
    x += (100 * value) / total;
    return html`<rect key=${name} x=${from} width=${Math.max(0, x - from - (x < 99.9 ? 0.4 : 0))} height="8" style=${{ fill: colourOf(name) }} />`;
  })}</svg>
    <ul class="share-names">${parts.map(([name, value]) => html`<li key=${name}><span class="dot" aria-hidden="true" style=${{ background: colourOf(name) }}></span><span>${name}</span>
      <span class="muted number">${bytes(value)} · ${percent(value / total)}</span></li>`)}</ul>`;
}
