// The live plot of the overview: what each way out carries, one upon the other, over the last minutes. It is drawn as SVG, so
// that the first screen needs no plotting library.
import { html, useEffect, useRef, useState } from './ui.js';
import { locale } from './i18n.js';

const FOOT = 22;
const SIDE = 74;
const HEAD = 8;

/** A round number at or above a third of the top: 1, 2 or 5 times a power of ten. */
function stepOf(top) {
  const power = 10 ** Math.floor(Math.log10(top / 3));
  return [1, 2, 5, 10].map(one => one * power).find(one => one >= top / 3);
}

/**
 * `times` in seconds, oldest first; `series`: [{label, colour, values}], the first lies at the foot; `span` in seconds is what
 * the whole breadth stands for; `format(value)`; `onAt(index or null)` is told where the pointer is.
 */
export function Areas({ label, times, series, span, format, height = 240, onAt }) {
  const place = useRef();
  const [width, setWidth] = useState(600);
  const [at, setAt] = useState(null);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry.contentRect.width && setWidth(Math.floor(entry.contentRect.width)));
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  const end = times[times.length - 1];
  const begin = Math.max(end - span, Math.min(times[0], end - 30));
  const sums = times.map((_, i) => series.reduce((sum, one) => sum + one.values[i], 0));
  const top = Math.max(...sums, 1000) * 1.06;
  const low = height - FOOT;
  const x = time => SIDE + ((time - begin) / (end - begin)) * (width - SIDE - 2);
  const y = value => low - (value / top) * (low - HEAD);
  const point = event => {
    const box = place.current.getBoundingClientRect();
    const time = begin + ((event.clientX - box.left - SIDE) / (box.width - SIDE)) * (end - begin);
    const next = nearest(times, time);
    setAt(next);
    onAt?.(next);
  };
  const away = () => {
    setAt(null);
    onAt?.(null);
  };
  return html`<div class="areas" ref=${place} role="img" aria-label=${label} onPointerMove=${point} onPointerLeave=${away} style=${{ height: `${height}px` }}>
    <svg width=${width} height=${height} aria-hidden="true">${grid(top, stepOf(top), y, width, format)}${clock(begin, end, x, low, width)}
      ${layers(times, series, x, y)}
      ${at !== null && at < times.length && html`<line class="areas-at" x1=${x(times[at])} x2=${x(times[at])} y1=${HEAD} y2=${low} />`}</svg></div>`;
}

function nearest(times, time) {
  let best = 0;
  for (let i = 1; i < times.length; i++) if (Math.abs(times[i] - time) < Math.abs(times[best] - time)) best = i;
  return best;
}

function layers(times, series, x, y) {
  const below = times.map(() => 0);
  return series.map(one => {
    const foot = [...below];
    one.values.forEach((value, i) => (below[i] += value));
    const over = times.map((time, i) => `${x(time).toFixed(1)} ${y(below[i]).toFixed(1)}`);
    const under = times.map((time, i) => `${x(time).toFixed(1)} ${y(foot[i]).toFixed(1)}`).reverse();
    return html`<g key=${one.label} style=${{ color: one.colour }}><path class="area" d=${`M${over.join('L')}L${under.join('L')}z`} />
      <path class="area-edge" d=${`M${over.join('L')}`} /></g>`;
  });
}

function grid(top, step, y, width, format) {
  const lines = [];
  for (let value = 0; value < top; value += step) {
    lines.push(html`<g key=${value}><line class="areas-line" x1=${SIDE} x2=${width} y1=${y(value)} y2=${y(value)} />
      <text class="areas-text end-text" x=${SIDE - 9} y=${y(value) + 4}>${format(value)}</text></g>`);
  }
  return lines;
}

function clock(begin, end, x, low, width) {
  const step = end - begin > 200 ? 60 : end - begin > 70 ? 30 : 10;
  const format = new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    ...(step < 60 && { second: '2-digit' }),
    hour12: false,
  });
  const marks = [];
  for (let time = Math.ceil(begin / step) * step; time <= end; time += step) {
    const at = x(time);
    if (at > SIDE + 22 && at < width - 26)
      marks.push(html`<text key=${time} class="areas-text middle" x=${at} y=${low + 17}>${format.format(time * 1000)}</text>`);
  }
  return marks;
}
