// The text field of the editor: CodeMirror, in a shadow tree, where its style sheets are adopted and need no inline style.
import * as cm from '../vendor/editor.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef } from '../ui.js';
import { describe, suggest } from './completion.js';

const look = cm.EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', height: '100%', fontSize: '13.5px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono, ui-monospace, monospace)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', paddingBlock: '10px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-line)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--code-selection) !important' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '8px', maxWidth: 'min(420px, 90vw)', overflow: 'hidden' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 10px' },
  '.cm-about': { padding: '8px 10px', whiteSpace: 'normal' },
  '.cm-diagnostic': { padding: '6px 10px', whiteSpace: 'pre-wrap' },
  // in place of pictures by data: URLs, which the page's policy refuses
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--fail)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warn)' },
  '.cm-lint-marker': { fontSize: '12px', fontWeight: '700', textAlign: 'center', lineHeight: '1.2' },
  '.cm-lint-marker-error': { content: 'normal', color: 'var(--fail)' },
  '.cm-lint-marker-error::before': { content: '"✕"' },
  '.cm-lint-marker-warning': { content: 'normal', color: 'var(--warn)' },
  '.cm-lint-marker-warning::before': { content: '"!"' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-textfield': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-button': { background: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-foldPlaceholder': { backgroundColor: 'transparent', color: 'var(--muted)', border: '1px solid var(--line)' },
});

const ink = cm.HighlightStyle.define([
  { tag: [cm.tags.definition(cm.tags.propertyName), cm.tags.propertyName], color: 'var(--code-key)', fontWeight: '600' },
  { tag: [cm.tags.string, cm.tags.special(cm.tags.string), cm.tags.content], color: 'var(--code-text)' },
  { tag: [cm.tags.comment, cm.tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [cm.tags.punctuation, cm.tags.separator, cm.tags.squareBracket, cm.tags.brace], color: 'var(--muted)' },
  { tag: [cm.tags.number, cm.tags.bool, cm.tags.keyword], color: 'var(--code-number)' },
]);

const complete = knowledge => context => {
  const schema = knowledge.current;
  if (!schema) return null;
  const { word, options } = suggest(schema, context.state.doc.toString(), context.pos);
  return (word || context.explicit) && options.length > 0 ? { from: context.pos - word.length, options, validFor: /^[\w-]*$/ } : null;
};

const about = knowledge => cm.hoverTooltip((view, position) => {
  const found = knowledge.current && describe(knowledge.current, view.state.doc.toString(), position);
  return found && { pos: position, above: true, create: () => ({ dom: Object.assign(document.createElement('div'), { className: 'cm-about', textContent: `${found.key}: ${found.text}` }) }) };
});

/** The place in a text of a line and column that count from 1, kept within the text. */
function offset(doc, line, column) {
  const found = doc.line(Math.min(Math.max(1, line || 1), doc.lines));
  return Math.min(found.from + Math.max(0, (column || 1) - 1), found.to);
}

function diagnostics(doc, problems) {
  return problems.map(problem => {
    const from = offset(doc, problem.line, problem.column);
    const word = /^[^\s,}\]#]*/.exec(doc.sliceString(from, doc.lineAt(from).to))[0];
    return { from, to: Math.max(from, from + word.length), severity: problem.severity === 'error' ? 'error' : 'warning',
      message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message };
  }).sort((one, other) => one.from - other.from);
}

/**
 * `given` ({text}, a new object each time) is put in place of all that is there, and `change` is told what was made of it by typing, which
 * never comes back as a given text: it would be older than what was typed meanwhile. `problems` are marked at their places; `schema` gives completion to a
 * config, null to none; `at` ({line, column}, a new object each time) is where the cursor is sent.
 */
export default function Code({ given, change, problems, schema, locked, save, at }) {
  const place = useRef();
  const view = useRef();
  const latest = useRef();
  const knowledge = useRef();
  const putting = useRef(false);
  latest.current = { change, save };
  knowledge.current = schema;
  useEffect(() => {
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: 'open' });
    view.current = new cm.EditorView({ parent: root, root, state: cm.EditorState.create({ doc: given.text, extensions: [
      cm.basicSetup, cm.EditorView.lineWrapping, cm.yaml(), cm.lintGutter(), look, cm.syntaxHighlighting(ink), about(knowledge), cm.indentUnit.of('  '),
      cm.yamlLanguage.data.of({ autocomplete: complete(knowledge) }), cm.EditorState.readOnly.of(Boolean(locked)),
      cm.EditorView.contentAttributes.of({ 'aria-label': t('editor.text'), spellcheck: 'false' }),
      cm.EditorView.updateListener.of(update => update.docChanged && !putting.current && latest.current.change(update.state.doc.toString())),
      cm.keymap.of([{ key: 'Mod-s', preventDefault: true, run: () => { latest.current.save(); return true; } }]),
    ] }) });
    return () => view.current.destroy();
  }, [locked]);
  useEffect(() => {
    const doc = view.current.state.doc;
    if (doc.toString() === given.text) return;
    putting.current = true;
    view.current.dispatch({ changes: { from: 0, to: doc.length, insert: given.text } });
    putting.current = false;
  }, [given]);
  useEffect(() => {
    view.current.dispatch(cm.setDiagnostics(view.current.state, diagnostics(view.current.state.doc, problems)));
  }, [problems]);
  useEffect(() => {
    if (!at) return;
    const position = offset(view.current.state.doc, at.line, at.column);
    view.current.dispatch({ selection: { anchor: position }, effects: cm.EditorView.scrollIntoView(position, { y: 'center' }) });
    view.current.focus();
  }, [at]);
  return html`<div class="code" ref=${place}></div>`;
}
