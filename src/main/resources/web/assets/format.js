// Numbers, sizes and times as people read them, in the language of the page.
import { locale, t } from './i18n.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in units of 1000, with three digits at most that mean something. */
export function bytes(n) {
  if (n === null || n === undefined || Number.isNaN(n)) return '–';
  let i = 0;
  while (Math.abs(n) >= 999.5 && i < UNITS.length - 1) {
    n /= 1000;
    i++;
  }
  return `${i === 0 || n >= 99.95 ? Math.round(n) : n.toFixed(1)} ${UNITS[i]}`;
}

export const rate = n => (n === null || n === undefined ? '–' : `${bytes(n)}/s`);

export const count = n => (n === null || n === undefined ? '–' : new Intl.NumberFormat(locale()).format(n));

/** A share of one as "26 %"; what is more than nothing is never shown as nothing. */
export const percent = part => (part > 0 && part < 0.01 ? '< 1 %' : `${Math.round(100 * part)} %`);

/** Milliseconds as "84 ms", "1.4 s", "12 min" or "3 h 5 min". */
export function took(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${ms < 10 && ms % 1 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : t('time.days', { n: Math.round(hours / 24) });
}

/** How long something has gone on, to the second. */
export const age = ms => (ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : took(ms));

/** How long ago an RFC 3339 time was, or so many seconds are. */
export function ago(time, now = Date.now()) {
  const seconds = typeof time === 'number' ? time : (now - Date.parse(time)) / 1000;
  if (time === null || Number.isNaN(seconds)) return '–';
  if (seconds < 5) return t('time.now');
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'narrow' });
  if (seconds < 60) return format.format(-Math.round(seconds), 'second');
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 172_800) return format.format(-Math.round(seconds / 3600), 'hour');
  return format.format(-Math.round(seconds / 86_400), 'day');
}

/** The time of day of an RFC 3339 time, with seconds. */
export const clock = time => (time ? new Date(time).toLocaleTimeString(locale(), { hour12: false }) : '–');

/** Date and time of an RFC 3339 time, to the minute. */
export const moment = time =>
  time ? new Date(time).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short', hour12: false }) : '–';

/** A rule's place as "rules.yaml:12:3"; of the file only its own name. */
export const place = ref => (ref ? `${(ref.file || '').split('/').pop()}:${ref.line}${ref.column ? `:${ref.column}` : ''}` : '–');
