// A table that draws only the rows that are seen, however many there are.
import { Icon, html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './ui.js';
import { t } from './i18n.js';

const SPARE = 6;

/**
 * `columns`: [{key, title, width ("1fr", "90px"; of a grid), render(row), end (aligned to the end), sort (may be sorted by),
 * wide (left out on a telephone)}]. `rows` is an array or {length, at(i)}; `rowKey(row)`; `onOpen(row)` on a click or Enter;
 * `sort`: {key, desc} and `onSort(sort)`; `height` in pixels of a row (the same for all); `fill` lets it take the height that
 * is left, else `max` rows are seen. Below a page of `narrowBelow` pixels there are no columns that are `wide`. `near(from, to)` is told which rows are drawn, to fetch pages of a long list.
 */
export function Table({ label, columns, rows, rowKey, onOpen, sort, onSort, height = 40, fill, max = 12, near, empty, open, narrowBelow }) {
  const view = useRef();
  const [range, setRange] = useState({ from: 0, to: 30 });
  const [at, setAt] = useState(-1);
  const narrow = useNarrow(narrowBelow);
  const shown = columns.filter(column => !(narrow && column.wide) && !column.hidden);
  const look = useCallback(() => {
    const box = view.current;
    if (!box) return;
    const from = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const to = Math.min(from + Math.ceil(box.clientHeight / height) + 2 * SPARE, Math.max(rows.length, 1));
    setRange(old => (old.from === from && old.to === to ? old : { from, to }));
  }, [rows.length, height]);
  useLayoutEffect(look);
  useEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(view.current);
    return () => watch.disconnect();
  }, [look]);
  useEffect(() => near?.(range.from, range.to), [range.from, range.to, rows]);
  const go = to => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    const box = view.current;
    setAt(next);
    if (next * height < box.scrollTop) box.scrollTop = next * height;
    else if ((next + 2) * height > box.scrollTop + box.clientHeight) box.scrollTop = (next + 2) * height - box.clientHeight;
    requestAnimationFrame(() => box.querySelector(`[data-row="${next}"]`)?.focus());
  };
  const keys = event => {
    if (event.target.closest('button, a, input, select, .menu')) return;
    const page = Math.floor(view.current.clientHeight / height) - 2;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 }[
      event.key
    ];
    if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key === 'Enter' && at >= 0 && onOpen) {
      event.preventDefault();
      onOpen(rows.at(at));
    }
  };
  const grid = { gridTemplateColumns: shown.map(column => (narrow && column.narrow) || column.width || '1fr').join(' ') };
  const drawn = [];
  for (let i = range.from; i < Math.min(range.to, rows.length); i++) {
    const row = rows.at(i);
    drawn.push(html`<${Row} key=${row ? rowKey(row) : `#${i}`} row=${row} index=${i} columns=${shown} grid=${grid} height=${height}
      at=${at === i || (at < 0 && i === 0)} chosen=${row && open !== undefined && open === rowKey(row)} onOpen=${onOpen}
      onAt=${setAt} />`);
  }
  return html`<div class="table ${fill ? 'fill' : ''}" role="table" aria-label=${label} aria-rowcount=${rows.length + 1}>
    <div class="table-head" role="rowgroup"><div role="row" class="table-row" style=${grid}>${shown.map(
      column => html`<${Head}
      key=${column.key} column=${column} sort=${sort} onSort=${onSort} />`,
    )}</div></div>
    <div class="table-view" role="rowgroup" ref=${view} onScroll=${look} onKeyDown=${keys}
      tabindex=${rows.length ? undefined : -1} style=${fill ? {} : { maxHeight: `${max * height}px` }}>
      ${rows.length === 0 ? empty : html`<div class="table-all" style=${{ height: `${rows.length * height}px` }} role="presentation">${drawn}</div>`}
    </div></div>`;
}

function Head({ column, sort, onSort }) {
  const mine = sort?.key === column.key;
  const order = mine ? (sort.desc ? 'descending' : 'ascending') : undefined;
  return html`<div role="columnheader" class=${column.end ? 'end' : ''} aria-sort=${order}>${
    column.sort && onSort
      ? html`<button type="button" class="sorter ${mine ? 'chosen' : ''}" onClick=${() => onSort({ key: column.key, desc: mine ? !sort.desc : true })}>
        <span>${column.title}</span>${mine && html`<${Icon} name=${sort.desc ? 'down' : 'up'} size=${14} />`}</button>`
      : column.title
  }</div>`;
}

function Row({ row, index, columns, grid, height, at, chosen, onOpen, onAt }) {
  const style = { ...grid, height: `${height}px`, transform: `translateY(${index * height}px)` };
  const self = useRef();
  useLayoutEffect(() => self.current.querySelectorAll('button, a').forEach(one => (one.tabIndex = at ? 0 : -1))); // one row is one stop
  const open = event => onOpen && row && !event.target.closest('button, a, input, select, .menu') && onOpen(row);
  return html`<div role="row" ref=${self} class="table-row ${onOpen ? 'opens' : ''} ${chosen ? 'chosen' : ''}" data-row=${index} aria-rowindex=${index + 2}
    tabindex=${at ? 0 : -1} style=${style} onClick=${open} onFocus=${() => onAt(index)}>${columns.map(
      column => html`<div
    key=${column.key} role="cell" class=${column.end ? 'end' : ''}>${row ? column.render(row) : html`<span class="muted">…</span>`}</div>`,
    )}</div>`;
}

/** Whether the page is as narrow as a telephone, or than so many pixels. */
export function useNarrow(width = 720) {
  const small = useMemo(() => matchMedia(`(max-width: ${width}px)`), [width]);
  const [narrow, setNarrow] = useState(small.matches);
  useEffect(() => {
    const change = () => setNarrow(small.matches);
    small.addEventListener('change', change);
    return () => small.removeEventListener('change', change);
  }, []);
  return narrow;
}

/**
 * A long list of the server, fetched page by page as it is looked at: {rows, near, total, error, reload}, to be given to
 * Table. `page(offset, limit)` asks for one page; the list begins anew when `inputs` change.
 */
export function usePages(page, inputs, size = 200) {
  const [state, setState] = useState({ total: 0, pages: new Map(), loading: true });
  const turn = useRef(0);
  const asked = useRef(new Set());
  const fetchPage = async number => {
    if (asked.current.has(number)) return;
    asked.current.add(number);
    const mine = turn.current;
    try {
      const answer = await page(number * size, size);
      if (mine !== turn.current) return;
      setState(old => ({ total: answer.total, pages: new Map(old.pages).set(number, answer.items), loading: false }));
    } catch (error) {
      asked.current.delete(number);
      if (mine === turn.current) setState(old => ({ ...old, error, loading: false }));
    }
  };
  const reload = useCallback(() => {
    turn.current++;
    asked.current = new Set();
    setState(old => ({ ...old, loading: true, error: undefined }));
    return fetchPage(0);
  }, inputs);
  useEffect(() => {
    setState({ total: 0, pages: new Map(), loading: true });
    reload();
    return () => turn.current++;
  }, inputs);
  const rows = { length: state.total, at: i => state.pages.get(Math.floor(i / size))?.[i % size] };
  const near = (from, to) => {
    if (state.loading || state.error) return;
    for (let number = Math.floor(from / size); number <= Math.floor(Math.max(from, to - 1) / size); number++) {
      if (number * size < state.total) fetchPage(number);
    }
  };
  return { rows, near, total: state.total, loading: state.loading, error: state.error, reload, first: state.pages.get(0) };
}
