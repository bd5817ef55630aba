// The picture of what the program does: one stream comes in, and parts into the ways out, each as broad as it is busy.
import { html, useEffect, useRef, useState } from './ui.js';
import { colourOf, totals, tunnels } from './live.js';
import { rate } from './format.js';
import { t } from './i18n.js';

const HEIGHT = 268;
const ROOM = 108; // pixels that all ribbons share
const THIN = 2.5;
const CALM = 0.3; // of a new value goes in at once, so that the picture glides

export function Split() {
  const place = useRef();
  const calm = useRef(new Map());
  const [width, setWidth] = useState(520);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry.contentRect.width && setWidth(Math.floor(entry.contentRect.width)));
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  const event = totals.value;
  const ways = roads(event);
  for (const way of ways) {
    const before = calm.current.get(way.name) ?? way.rate;
    way.calm = before + (way.rate - before) * CALM;
    calm.current.set(way.name, way.calm);
  }
  const sum = ways.reduce((all, way) => all + way.calm, 0);
  const label = t('split.label', { ways: ways.map(way => `${way.name} ${rate(way.rate)}`).join(', ') });
  return html`<div class="split" ref=${place} role="img" aria-label=${label}><svg width=${width} height=${HEIGHT} aria-hidden="true">
    ${draw(ways, sum, width)}</svg></div>`;
}

/** The busiest tunnels, at most four, and the way without one. */
function roads(event) {
  const way = (name, failing) => {
    const [up, down] = event?.outbounds[name] ?? [0, 0];
    return { name, failing, rate: up + down };
  };
  const through = tunnels.value.map(one => way(one.name, one.failing)).sort((a, b) => b.rate - a.rate);
  return [...through.slice(0, 4), way('direct', false)];
}

function draw(ways, sum, width) {
  const breadth = way => Math.max(THIN, sum > 0 ? (way.calm / sum) * ROOM : THIN);
  const trunk = ways.reduce((all, way) => all + breadth(way), 0);
  const left = 62;
  const right = width - Math.min(122, width * 0.36);
  const slot = HEIGHT / Math.max(1, ways.length);
  let y = (HEIGHT - trunk) / 2;
  const ribbons = ways.map((way, i) => {
    const broad = breadth(way);
    const to = slot * (i + 0.5);
    const from = y;
    y += broad;
    return html`<g key=${way.name}><path class="ribbon ${way.rate > 0 || way.calm > 1 ? '' : 'idle'}" style=${{ fill: colourOf(way.name) }} d=${ribbon(left, from, right, to - broad / 2, broad)} />
      <text class="split-name" x=${right + 12} y=${to - 2}>${way.failing ? '⚠ ' : ''}${shorten(way.name, width)}</text>
      <text class="split-rate" x=${right + 12} y=${to + 15}>${rate(way.rate)}</text></g>`;
  });
  return html`${ribbons}<rect class="trunk" x="0" y=${HEIGHT / 2 - Math.max(30, trunk / 2 + 8)} width=${left} height=${Math.max(60, trunk + 16)} rx="10" />
    <text class="split-name middle" x=${left / 2} y=${HEIGHT / 2 - 3}>${t('split.all')}</text>
    <text class="split-rate middle" x=${left / 2} y=${HEIGHT / 2 + 14}>${rate(ways.reduce((all, way) => all + way.rate, 0)).replace(' ', '\u00a0')}</text>`;
}

/** So many letters fit beside the ribbons; that room does not grow with the page for ever. */
const most = width => Math.min(12, Math.floor(width / 32));

const shorten = (name, width) => ([...name].length > most(width) ? `${[...name].slice(0, most(width)).join('')}…` : name);

function ribbon(x, y, toX, toY, broad) {
  const middle = (x + toX) / 2;
  return `M${x} ${y}C${middle} ${y} ${middle} ${toY} ${toX} ${toY}v${broad}C${middle} ${toY + broad} ${middle} ${y + broad} ${x} ${y + broad}z`;
}
