// Plots over time, drawn with uPlot in the colours of the page.
import uPlot from './vendor/plot.js';
import { html, useEffect, useRef } from './ui.js';
import { language, locale } from './i18n.js';

export { hue } from './hues.js';
export { Sparkline } from './sparkline.js';

const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [14, 4], [1, 4], [6, 2, 1, 2]];

function options(series, size, format, stacked) {
  const axis = {
    stroke: resolve('var(--muted)'),
    grid: { stroke: resolve('var(--line)'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const times = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hour12: false });
  const exact = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  const days = new Intl.DateTimeFormat(locale(), { month: 'short', day: 'numeric' });
  const clock = (plot, splits) => {
    const span = splits[splits.length - 1] - splits[0];
    return splits.map(at => (span > 200_000 ? days : span < 240 ? exact : times).format(at * 1000));
  };
  return {
    ...size,
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    legend: { show: false },
    axes: [
      { ...axis, values: clock, space: 70, size: 28 },
      { ...axis, values: (plot, splits) => splits.map(format), size: 72, gap: 6 },
    ],
    scales: { y: { range: (plot, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    series: [
      {},
      ...series.map((one, i) => ({
        label: one.label,
        stroke: resolve(one.colour),
        fill: one.fill === false ? undefined : translucent(resolve(one.colour)),
        width: 2,
        dash: stacked ? undefined : DASHES[(one.dash ?? i) % DASHES.length],
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/** A CSS colour with its variables put in, as a canvas wants it. */
function resolve(value) {
  const probe = document.createElement('span');
  probe.style.color = value;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const translucent = rgb =>
  rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)').replace(/^rgb\((\d+) (\d+) (\d+)\)$/, 'rgba($1,$2,$3,0.12)');

/**
 * `series`: [{label, colour, dash, fill}]; `data`: [times in seconds, values…] as uPlot takes them; `format(value)` of the
 * upright axis; `label` says in words what is to be seen; `onAt(index or null)` is told where the pointer is.
 */
export function Plot({ label, series, data, format, height = 220, onAt }) {
  const place = useRef();
  const plot = useRef();
  const tell = useRef();
  tell.current = onAt;
  const shape = series.map(one => `${one.label}|${one.colour}|${one.dash ?? ''}`).join('\n');
  useEffect(() => {
    const make = () => {
      plot.current?.destroy();
      const size = { width: Math.max(160, place.current.clientWidth), height };
      const wish = options(series, size, format);
      wish.hooks = { setCursor: [self => tell.current?.(self.cursor.idx ?? null)] };
      plot.current = new uPlot(wish, data, place.current);
    };
    make();
    const watch = new ResizeObserver(() => {
      const width = place.current?.clientWidth;
      if (width && width !== plot.current.width) plot.current.setSize({ width, height });
    });
    watch.observe(place.current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    addEventListener('fenliu-theme', make);
    return () => {
      watch.disconnect();
      scheme.removeEventListener('change', make);
      removeEventListener('fenliu-theme', make);
      plot.current.destroy();
      plot.current = undefined;
    };
  }, [shape, height, language()]);
  useEffect(() => plot.current?.setData(data), [data]);
  return html`<div class="plot" role="img" aria-label=${label} ref=${place} style=${{ minHeight: `${height}px` }}></div>`;
}

/** What the lines of a plot are: a swatch with the line's dashes, the name and a value. */
export const Legend = ({ series, values }) =>
  html`<ul class="legend">${series.map(
    (one, i) => html`<li key=${one.label}>
  <svg width="22" height="8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" stroke-width="3" style=${{ stroke: one.colour }}
    stroke-dasharray=${DASHES[(one.dash ?? i) % DASHES.length].join(' ')} /></svg>
  <span>${one.label}</span>${values && html`<span class="value">${values[i]}</span>`}</li>`,
  )}</ul>`;
