// The config and the rule files: what is wrong is said at its place, what would change is shown before, and every save can be taken back.
import { get, mayEdit, post, put } from '../api.js';
import { count, moment } from '../format.js';
import { t } from '../i18n.js';
import { Asked, Badge, Button, Card, Check, Choice, Dialog, Empty, Failed, Icon, Loading, Screen, Select, html, toast, useAsked, useEffect, useEvery, useRef, useState } from '../ui.js';
import { Left, Problems, Target, changed, go, undo } from './deciding.js';
import { Diff } from './diff.js';

/** Whether two paths, of which one may be relative, are of the same file. */
const same = (one, other) => Boolean(one && other) && (one === other || one.endsWith(`/${other.replace(/^\.\//, '')}`) || other.endsWith(`/${one}`));

const drafts = new Map(); // of a file's id: {text, base: {text, version}}; what was typed outlives a look at another screen

addEventListener('beforeunload', event => drafts.size > 0 && event.preventDefault());

export default function Editor({ parameters }) {
  const files = useAsked(() => get('files', { limit: 1000 }));
  const wish = parameters.get('file'); // its id, or its path as rules and problems name it
  return html`<${Screen} title=${t('nav.editor')} intro=${t('editor.intro')}>${!mayEdit() ? html`<${Empty} icon="lock" title=${t('error.forbidden.title')} text=${t('error.forbidden.text')} />`
    : html`<${Asked} from=${files}>${told => {
      const file = told.items.find(one => one.id === wish) ?? told.items.find(one => same(one.path, wish)) ?? told.items.find(one => one.kind === 'config') ?? told.items[0];
      return file ? html`<${Opened} key=${file.id} file=${file} files=${told.items} line=${Number(parameters.get('line')) || null} />`
        : html`<${Empty} icon="file" title=${t('editor.none')} text=${t('editor.none.text')}><${Button} icon="setup" onClick=${() => go('setup')}>${t('nav.setup')}<//><//>`;
    }}<//>`}<//>`;
}

function Opened({ file, files, line }) {
  const read = useAsked(() => get(`files/${file.id}`), [file.id]);
  const schema = useAsked(() => (file.kind === 'config' ? get('schema') : Promise.resolve(null)), [file.id]);
  const [Code, setCode] = useState(null);
  useEffect(() => {
    import('./code.js').then(module => setCode(() => module.default));
  }, []);
  if (read.error) return html`<${Failed} error=${read.error} retry=${read.reload} />`;
  if (!read.value || !Code) return html`<${Loading} />`;
  return html`<${Workbench} file=${file} files=${files} read=${read.value} reload=${read.reload} Code=${Code} schema=${schema.value ?? null} line=${line} />`;
}

/** What a check of a text tells, asked for once typing pauses and when the file is another one: {told, checking}. */
function useCheck(id, text, version) {
  const [state, setState] = useState({ told: null, checking: true });
  useEffect(() => {
    let live = true;
    setState(old => ({ ...old, checking: true }));
    const timer = setTimeout(() => post(`files/${id}/check`, { text }).then(
      told => live && setState({ told, checking: false }),
      error => live && setState({ told: error.problems.length ? { ok: false, problems: error.problems, tests: [], moves: [] } : null, error, checking: false })), 400);
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [id, text, version]);
  return state;
}

function Workbench({ file, files, read, reload, Code, schema, line }) {
  const draft = drafts.get(file.id);
  const [base, setBase] = useState(draft?.base ?? read);
  const [text, setText] = useState(draft?.text ?? read.text);
  const [given, give] = useState({ text });
  const [tab, setTab] = useState('check');
  const [at, setAt] = useState(line ? { line, column: 1 } : null);
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(null);
  const changes = useAsked(() => get('changes'));
  const check = useCheck(file.id, text, base.version);
  useEvery(5000, () => changes.error?.missing || changes.reload());
  useEffect(() => { // the file was read anew: what was typed stays, what was not touched follows
    if (!drafts.has(file.id)) {
      setBase(read);
      place(read.text);
    }
  }, [read]);
  const place = fresh => {
    setText(fresh);
    give({ text: fresh });
  };
  const type = typed => {
    setText(typed);
    if (typed === base.text) drafts.delete(file.id);
    else drafts.set(file.id, { text: typed, base });
  };
  const rebase = (fresh, mine) => {
    setBase(fresh);
    setConflict(null);
    if (mine !== text) place(mine);
    if (mine === fresh.text) drafts.delete(file.id);
    else drafts.set(file.id, { text: mine, base: fresh });
  };
  const save = async options => {
    setSaving(false);
    try {
      const made = await put(`files/${file.id}`, { text, version: base.version, ...options });
      rebase({ ...base, text, version: made.version }, text);
      if (options['confirm-seconds']) toast(t('editor.saved.unless'));
      else changed(t('editor.saved', { n: made.generation ?? '' }), made.change, again);
      changes.reload();
    } catch (error) {
      if (error.status !== 409) throw error;
      setConflict(await get(`files/${file.id}`));
    }
  };
  const again = () => {
    reload();
    changes.reload();
  };
  const dirty = text !== base.text;
  const problems = [...(check.told?.problems ?? [])].sort((one, other) => (one.severity === 'error' ? 0 : 1) - (other.severity === 'error' ? 0 : 1));
  const here = problems.filter(problem => !problem.file || same(base.path, problem.file));
  return html`<${Bar} file=${file} files=${files} dirty=${dirty} check=${check} save=${() => setSaving(true)} discard=${() => rebase(base, base.text)} />
    <${Pending} changes=${changes.value?.items ?? []} again=${again} />
    ${conflict && html`<${Conflict} mine=${text} theirs=${conflict} take=${() => rebase(conflict, conflict.text)} keep=${() => rebase(conflict, text)} />`}
    <div class="workbench"><${Code} given=${given} change=${type} problems=${useSame(here)} schema=${schema} locked=${!file.writable} save=${() => dirty && setSaving(true)} at=${at} />
      <${Card} className="about-text"><${Choice} label=${t('editor.about')} value=${tab} onChange=${setTab} options=${tabs(check.told, problems)} />
        <div class="tab-body"><${About} tab=${tab} check=${check} problems=${problems} base=${base} text=${text} pick=${problem => setAt({ line: problem.line, column: problem.column })} changes=${changes} again=${again} /></div><//></div>
    ${saving && html`<${Saving} base=${base} text=${text} told=${check.told} close=${() => setSaving(false)} save=${save} />`}`;
}

/** The same list as long as it says the same, so that marks are not set anew on every key. */
function useSame(list) {
  const kept = useRef(list);
  if (JSON.stringify(kept.current) !== JSON.stringify(list)) kept.current = list;
  return kept.current;
}

const numbered = (key, n) => (n > 0 ? `${t(key)} ${count(n)}` : t(key));

const tabs = (told, problems) => [['check', numbered('editor.tab.check', problems.length), problems.some(one => one.severity === 'error') ? 'fail' : undefined],
  ['moves', numbered('editor.tab.moves', told?.moves?.length ?? 0)], ['diff', t('editor.tab.diff')], ['history', t('editor.tab.history')]];

const short = path => path.split('/').slice(-2).join('/');

function Bar({ file, files, dirty, check, save, discard }) {
  const errors = (check.told?.problems ?? []).filter(problem => problem.severity === 'error').length + (check.told?.tests ?? []).filter(test => !test.ok).length;
  return html`<div class="toolbar editor-bar"><div class="grow"><${Select} hidden label=${t('editor.file')} value=${file.id} onChange=${id => go('editor', { file: id })}
      options=${files.map(one => [one.id, `${short(one.path)}${drafts.has(one.id) ? ' •' : ''}`])} /></div>
    <span role="status">${check.checking ? html`<${Badge} kind="busy">${t('editor.checking')}<//>` : check.told?.ok ? html`<${Badge} kind="ok">${t('editor.fine')}<//>`
      : check.told ? html`<${Badge} kind="fail">${t('editor.wrong', { n: errors })}<//>` : html`<${Badge} kind="off">${t('editor.unchecked')}<//>`}</span>
    ${!file.writable && html`<${Badge} kind="off" icon="lock">${t('editor.locked')}<//>`}
    <div class="actions">${dirty && html`<${Button} kind="quiet" icon="undo" onClick=${discard}>${t('editor.discard')}<//>`}
      <${Button} kind="primary" icon="check" disabled=${!dirty || !file.writable || check.told?.ok === false} onClick=${save}>${t('editor.save')}<//></div></div>`;
}

/** A change that goes back by itself unless it is kept. */
function Pending({ changes, again }) {
  const pending = changes.find(change => change.pending);
  if (!pending) return null;
  return html`<section class="card card-warn notice" role="alert"><p><strong>${t('editor.pending')}</strong> ${pending.pending.until && html`<${Left} until=${pending.pending.until} over=${again} />`}
    ${pending.pending['revert-when-worse'] && html` <span class="muted">${t('editor.pending.worse')}</span>`}</p>
    <div class="actions"><${Button} kind="primary" icon="check" onClick=${() => post(`changes/${pending.id}/confirm`).then(() => toast(t('editor.kept'))).then(again)}>${t('editor.keep')}<//>
      <${Button} icon="undo" onClick=${() => undo(pending.id).then(again)}>${t('editor.back-now')}<//></div></section>`;
}

/** Somebody else has changed the file meanwhile. Nothing that was typed is lost. */
const Conflict = ({ mine, theirs, take, keep }) => html`<section class="card card-fail notice conflict" role="alert"><div><p><strong>${t('editor.conflict')}</strong></p><p class="muted">${t('editor.conflict.text')}</p></div>
  <${Diff} before=${theirs.text} after=${mine} />
  <div class="actions"><${Button} kind="primary" onClick=${keep}>${t('editor.conflict.keep')}<//><${Button} onClick=${take}>${t('editor.conflict.take')}<//></div></section>`;

function About({ tab, check, problems, base, text, pick, changes, again }) {
  if (tab === 'diff') return html`<${Diff} before=${base.text} after=${text} />`;
  if (tab === 'history') return html`<${Asked} from=${changes}>${told => html`<${Past} items=${told.items} again=${again} />`}<//>`;
  if (check.error && !check.told) return html`<${Failed} error=${check.error} />`;
  if (!check.told) return html`<${Loading} />`;
  return tab === 'moves' ? html`<${Moves} moves=${check.told.moves ?? []} changed=${base.text !== text} ok=${check.told.ok} />` : html`<${Found} told=${check.told} problems=${problems} pick=${pick} />`;
}

const Found = ({ told, problems, pick }) => html`${told.ok && html`<p class="row"><${Badge} kind="ok">${t('editor.fine')}<//> ${t('editor.fine.text')}</p>`}
  ${problems.length > 0 && html`<${Problems} problems=${problems} pick=${pick} />`}
  ${told.tests?.length > 0 && html`<h3>${t('editor.tests')}</h3><ul class="checked">${told.tests.map(test => html`<li key=${test.text}><${Badge} kind=${test.ok ? 'ok' : 'fail'}>${t(test.ok ? 'editor.test.ok' : 'editor.test.fail')}<//>
    <div><code>${test.text}</code>${test.message && html`<p class="muted">${test.message}</p>`}</div></li>`)}</ul>`}`;

/** Which of the hosts that were seen lately would take another road. */
function Moves({ moves, changed: differs, ok }) {
  if (moves.length === 0) return html`<p class="muted">${t(!ok ? 'editor.moves.wrong' : differs ? 'editor.moves.none' : 'editor.moves.same')}</p>`;
  return html`<p><strong>${t('editor.moves', { n: moves.length })}</strong></p><table class="list plain moves"><thead><tr><th>${t('editor.moves.host')}</th><th>${t('editor.moves.from')}</th><th>${t('editor.moves.to')}</th>
    <th class="number">${t('editor.moves.seen')}</th></tr></thead><tbody>${moves.map(move => html`<tr key=${`${move.network} ${move.host}:${move.port}`}><td class="main">${move.host}<span class="muted">:${move.port}</span></td>
    <td data-label=${t('editor.moves.from')}><${Target} path=${move.from} /></td><td data-label=${t('editor.moves.to')}><${Target} path=${move.to} /></td>
    <td class="number" data-label=${t('editor.moves.seen')}>${count(move.seen)}</td></tr>`)}</tbody></table>`;
}

function Past({ items, again }) {
  if (items.length === 0) return html`<p class="muted">${t('editor.history.none')}</p>`;
  return html`<ol class="past">${items.slice(0, 20).map(change => html`<li key=${change.id}><div class="spread"><div><p>${change.summary}</p><p class="muted small-text">${moment(change.time)} · ${short(change.file ?? '')}</p></div>
    <${Button} small icon="undo" onClick=${() => undo(change.id).then(again)}>${t('action.undo')}<//></div>
    ${change.diff && html`<details><summary>${t('editor.history.diff')}</summary><${Diff} text=${change.diff} /></details>`}</li>`)}</ol>`;
}

function Saving({ base, text, told, close, save }) {
  const [how, setHow] = useState('keep');
  const [worse, setWorse] = useState(false);
  const go = () => save({ 'confirm-seconds': how === 'confirm' ? 60 : null, 'revert-when-worse': worse });
  return html`<${Dialog} wide title=${t('editor.save.title')} onClose=${close} actions=${html`<${Button} onClick=${close}>${t('action.cancel')}<//><${Button} kind="primary" icon="check" onClick=${go}>${t('editor.save.do')}<//>`}>
    <div class="stack"><${Diff} before=${base.text} after=${text} />
      ${told?.moves?.length > 0 && html`<details><summary>${t('editor.moves', { n: told.moves.length })}</summary><${Moves} moves=${told.moves} changed ok /></details>`}
      <fieldset class="ways"><legend class="unseen">${t('editor.save.how')}</legend>
        ${[['keep', 'editor.save.keep'], ['confirm', 'editor.save.confirm']].map(([key, label]) => html`<label key=${key} class="check"><input type="radio" name="how" value=${key} checked=${how === key} onChange=${() => setHow(key)} /><span>${t(label)}</span></label>`)}
        <${Check} label=${t('editor.save.worse')} checked=${worse} onChange=${setWorse} /></fieldset></div><//>`;
}
