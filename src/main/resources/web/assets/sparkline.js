// A plot as small as a word.
import { html } from './vendor/ui.js';

/** A small line of values, oldest first; null where there is none. `label` says in words what it shows. */
export function Sparkline({ values, label, width = 120, height = 28, colour: stroke = 'var(--accent)' }) {
  const top = Math.max(...values.filter(value => value !== null && value !== undefined), 1);
  let path = '';
  let pen = 'M';
  values.forEach((value, i) => {
    if (value === null || value === undefined) {
      pen = 'M';
      return;
    }
    const x = values.length < 2 ? width / 2 : 1 + (i * (width - 2)) / (values.length - 1);
    path += `${pen}${x.toFixed(1)} ${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`;
    pen = 'L';
  });
  return html`<svg class="sparkline" role="img" aria-label=${label} viewBox="0 0 ${width} ${height}" width=${width} height=${height}
    preserveAspectRatio="none"><path d=${path || 'M0 0'} style=${{ stroke }} /></svg>`;
}
