// Why something did not work, in the language of the page. The program's own words are English: they hold the details, and
// stand behind those of the page, which go by a code.
import { has, language, part, t } from './i18n.js';

/** Brings the words; English needs none. */
export const words = () => (language() === 'en' ? Promise.resolve() : part('warnings').catch(() => {}));

function told(key, text) {
  words(); // the page is drawn anew once they are there
  return language() !== 'en' && has(key) ? t('failure.told', { why: t(key), text }) : text;
}

/** What a tunnel failed of, or an update came to: the program's `text`, and its `code`. */
export const reason = (text, code) => told(`failure.${code}`, text);

/** How a flow ended. */
export function outcome(text, code) {
  words();
  const key = [`end.${code}`, `failure.${code}`].find(has);
  return language() !== 'en' && key ? t(key) : text;
}

/** Why a request was refused. */
export const refusal = error => told(`status.${error.status}`, error.message);
