// The page's texts: one file a language, loaded when it is chosen. t() may be called in any component: it is drawn anew when
// the language changes. A text that is a pair has a form for one and a form for all other numbers, chosen by {n}.
import { signal } from './vendor/ui.js';

export const LANGUAGES = { en: 'English', zh: '中文' };

const chosen = signal('en');
const texts = signal({});
const parts = new Set(); // names of further tables, for screens whose texts need not be there at first

const wished = () =>
  localStorage.getItem('fenliu.language') ?? (navigator.languages.some(l => /^zh\b/.test(l)) ? 'zh' : 'en');

export const language = () => chosen.value;
export const locale = () => (chosen.value === 'zh' ? 'zh-CN' : 'en-GB');

/** Takes a language and remembers it. */
export async function speak(language) {
  localStorage.setItem('fenliu.language', language);
  await load(language);
}

export async function load(language = wished()) {
  const name = language in LANGUAGES ? language : 'en';
  const tables = await Promise.all(['', ...parts].map(part => import(`./i18n/${name}${part}.js`)));
  texts.value = Object.assign({}, ...tables.map(table => table.default));
  chosen.value = name;
  document.documentElement.lang = name === 'zh' ? 'zh-CN' : 'en';
}

/** Takes in a further table of texts, of the files i18n/LANGUAGE-NAME.js; from then on every language has it. */
export async function part(name) {
  if (parts.has(`-${name}`)) return;
  parts.add(`-${name}`);
  await load(chosen.value);
}

/** Whether the language has that text. */
export const has = key => key in texts.value;

/** The text of a key, its {names} replaced by the values given. A key without a text is shown as it is. */
export function t(key, values = {}) {
  const text = texts.value[key] ?? key;
  const form = Array.isArray(text) ? text[values.n === 1 ? 0 : 1] : text;
  return form.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}
