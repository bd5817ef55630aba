// The page's texts: one file a language, loaded when it is chosen. t() may be called in any component: it is drawn anew when
// the language changes. A text that is a pair has a form for one and a form for all other numbers, chosen by {n}.
import { signal } from './vendor/ui.js';

export const LANGUAGES = { en: 'English', zh: '中文' };

const chosen = signal('en');
const texts = signal({});
const tables = {}; // that were read, by file
const parts = new Map(); // further tables, for screens whose texts need not be there at first, and when they are there

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
  const files = () => ['', ...parts.keys()].map(part => name + part);
  await Promise.all(files().map(async file => (tables[file] ??= (await import(`./i18n/${file}.js`)).default)));
  texts.value = Object.assign({}, ...files().map(file => tables[file])); // also of those that came meanwhile
  chosen.value = name;
  document.documentElement.lang = name === 'zh' ? 'zh-CN' : 'en';
}

/** Takes in a further table of texts, of the files i18n/LANGUAGE-NAME.js; from then on every language has it. */
export function part(name) {
  const key = `-${name}`;
  if (!parts.has(key)) {
    parts.set(key, null);
    parts.set(key, load(chosen.value).catch(error => {
      parts.delete(key); // it is asked for again
      throw error;
    }));
  }
  return parts.get(key);
}

/** Whether the language has that text. */
export const has = key => key in texts.value;

/** The text of a key, its {names} replaced by the values given. A key without a text is shown as it is. */
export function t(key, values = {}) {
  const text = texts.value[key] ?? key;
  const form = Array.isArray(text) ? text[values.n === 1 ? 0 : 1] : text;
  return form.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}
