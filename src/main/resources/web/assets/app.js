// The frame: who is logged in, which screen is shown, and what stands around it. A screen is a module of screens/ that is
// loaded when it is first opened, whose default export is a component; it gets what follows its name in the address
// (#/explain?host=… or #/rules/…) as `parameters` (URLSearchParams) and `rest` (the further segments).
import { begin, leave, link, login, scope, session, version } from './api.js';
import { LANGUAGES, language, load, speak, t } from './i18n.js';
import './live.js'; // it watches from the log-in on
import {
  Badge,
  Button,
  Choice,
  Failed,
  Icon,
  Input,
  Loading,
  Screen,
  Toasts,
  effect,
  html,
  render,
  signal,
  useEffect,
  useErrorBoundary,
  useState,
} from './ui.js';

const SCREENS = ['overview', 'flows', 'explain', 'rules', 'editor', 'tunnels', 'dns', 'devices', 'traffic', 'logs', 'setup'];
const FIRST = ['overview', 'flows', 'explain', 'tunnels']; // those in the bar at the foot of a telephone

const route = signal(read());
const loaded = signal({});
const drawer = signal(false);

function read() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [name, ...rest] = path.split('/');
  const known = SCREENS.includes(name) ? name : 'overview';
  return { name: known, rest: rest.map(decodeURIComponent), parameters: new URLSearchParams(query ?? '') };
}

addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) begin(); // the link was put into a tab that is open
  route.value = read();
  drawer.value = false;
});

async function fetchScreen(name) {
  if (loaded.peek()[name]?.screen) return;
  try {
    const screen = (await import(`./screens/${name}.js`)).default;
    loaded.value = { ...loaded.peek(), [name]: { screen } };
  } catch (error) {
    console.warn(`screen ${name}: ${error.message}`);
    loaded.value = { ...loaded.peek(), [name]: { error: Object.assign(error, { missing: true }) } };
  }
}

effect(() => {
  if (session.value === 'in') fetchScreen(route.value.name);
});

function Shown({ name, rest, parameters }) {
  const [error, reset] = useErrorBoundary(problem => console.error(problem));
  const entry = loaded.value[name];
  useEffect(() => {
    document.title = `${t(`nav.${name}`)} · Fenliu`;
    document.querySelector('main h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [name, entry, language()]);
  const wrong = error ?? entry?.error;
  if (wrong) {
    return html`<${Screen} title=${t(`nav.${name}`)}><${Failed} error=${wrong} retry=${() => (error ? reset() : fetchScreen(name))} /><//>`;
  }
  return entry ? html`<${entry.screen} rest=${rest} parameters=${parameters} />` : html`<${Loading} />`;
}

const Link = ({
  name,
}) => html`<a href="#/${name}" class="nav-link" aria-current=${route.value.name === name ? 'page' : undefined}>
  <${Icon} name=${name} size=${20} /><span>${t(`nav.${name}`)}</span></a>`;

const Brand = () => html`<a class="brand" href="#/overview"><img src="/assets/icon.svg" width="28" height="28" alt="" />
  <span>Fenliu</span></a>`;

export const theme = signal(localStorage.getItem('fenliu.theme') ?? 'auto');

function dress(chosen) {
  theme.value = chosen;
  localStorage.setItem('fenliu.theme', chosen);
  if (chosen === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  dispatchEvent(new Event('fenliu-theme'));
}

const Switches = () => html`<div class="switches">
  <${Choice} icons label=${t('theme.label')} value=${theme.value} onChange=${dress}
    options=${['auto', 'light', 'dark'].map(one => [one, t(`theme.${one}`), one])} />
  <${Choice} label=${t('language.label')} value=${language()} onChange=${speak} options=${Object.entries(LANGUAGES)} /></div>`;

function Live() {
  const kinds = { off: 'off', connecting: 'busy', open: 'ok', lost: 'warn' };
  return html`<${Badge} kind=${kinds[link.value]}>${t(`link.${link.value}`)}<//>`;
}

function Side() {
  useEffect(() => {
    if (drawer.value) document.querySelector('#side nav a').focus();
  }, [drawer.value]);
  return html`<aside class="side ${drawer.value ? 'open' : ''}" id="side">
    <div class="side-top"><${Brand} />
      <span class="phone"><${Button} icon="close" kind="quiet" label=${t('action.close')} onClick=${() => (drawer.value = false)} /></span></div>
    <nav aria-label=${t('nav.label')}>${SCREENS.map(name => html`<${Link} key=${name} name=${name} />`)}</nav>
    <div class="side-foot"><${Switches} />
      <div class="about"><${Live} /><span class="muted">${version.value}</span></div>
      <div class="about"><span class="muted">${t(`scope.${scope.value}`)}</span>
        <${Button} small kind="quiet" icon="out" onClick=${() => leave()}>${t('action.leave')}<//></div></div></aside>`;
}

function Frame() {
  return html`<a class="skip" href="#main" onClick=${event => {
    event.preventDefault();
    document.querySelector('main h1')?.focus();
  }}>${t('nav.skip')}</a>
    <div class="frame"><${Side} />
      ${drawer.value && html`<div class="veil" onClick=${() => (drawer.value = false)}></div>`}
      <div class="page"><main id="main" data-screen=${route.value.name}><${Shown} key=${route.value.name} ...${route.value} /></main></div>
      <nav class="bar" aria-label=${t('nav.short')}>${FIRST.map(name => html`<${Link} key=${name} name=${name} />`)}
        <button type="button" class="nav-link" aria-expanded=${drawer.value ? 'true' : 'false'} aria-controls="side"
          onClick=${() => (drawer.value = !drawer.value)}><${Icon} name="menu" size=${20} /><span>${t('nav.more')}</span></button></nav></div>`;
}

function Login() {
  const [token, setToken] = useState('');
  const [error, setError] = useState(null);
  const go = async event => {
    event.preventDefault();
    setError(null);
    try {
      await login(token);
    } catch (problem) {
      setError(problem.offline ? t('error.offline.text') : problem.status === 429 ? t('login.slow') : t('login.wrong'));
    }
  };
  return html`<main class="login"><form class="card" onSubmit=${go}><${Brand} /><h1>${t('login.title')}</h1>
    <p>${t('login.link')}</p><pre><code>fenliu dashboard</code></pre>
    <${Input} label=${t('login.token')} hint=${t('login.hint')} type="password" error=${error} value=${token} onInput=${setToken}
      autocomplete="current-password" />
    <button type="submit" class="button primary" disabled=${!token.trim()}><span>${t('login.go')}</span></button></form>
    <${Switches} /></main>`;
}

const App = () =>
  html`${
    session.value === 'in'
      ? html`<${Frame} />`
      : session.value === 'out'
        ? html`<${Login} />`
        : session.value === 'away'
          ? html`<main><${Failed} error=${{ offline: true }} /></main>`
          : html`<${Loading} />`
  }<${Toasts} />`;

await load();
render(html`<${App} />`, document.getElementById('app'));
addEventListener('keydown', event => event.key === 'Escape' && (drawer.value = false));
begin();
