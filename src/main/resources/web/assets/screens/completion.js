// What may stand at a place of the config, read from the JSON Schema that the program makes of its own parser's tables.

/**
 * Where a position is: {segments, at: "key" or "value", word}. A segment is {key} of a map or {item: true} of a list; `type` is
 * what the map that holds it says its type is, `taken` are the keys that the innermost map has already.
 */
export function locate(text, position) {
  const before = text.slice(0, position);
  const state = { block: [{ indent: -1, seen: new Map() }], flow: [], value: false };
  const lines = before.slice(section(before)).split('\n');
  lines.forEach((line, i) => read(state, line, i === lines.length - 1));
  return answer(state, /[^\s,:{}[\]"']*$/.exec(before)[0]);
}

/** Where the section begins that the end of a text is in: the last line with a key in the first column. */
function section(text) {
  const lines = text.split('\n');
  let start = text.length + 1;
  for (let i = lines.length - 1; i >= 0; i--) {
    start -= lines[i].length + 1;
    if (/^[^\s#-]/.test(lines[i])) return start;
  }
  return 0;
}

function read(state, line, last) {
  let rest = line;
  if (state.flow.length === 0) {
    if (/^\s*(#|$)/.test(line) && !last) return;
    rest = open(state, line);
  }
  scan(state, rest);
}

/** Takes a line's indentation, dashes and key; what is left is its value. */
function open(state, line) {
  let indent = /^ */.exec(line)[0].length;
  let rest = line.slice(indent);
  state.value = false;
  for (let dash; (dash = /^-(\s+|$)/.exec(rest));) {
    close(state, frame => frame.indent > indent || (frame.indent === indent && frame.item));
    state.block.push({ indent, item: true, seen: new Map() });
    indent += dash[0].length;
    rest = rest.slice(dash[0].length);
  }
  const key = /^("[^"]*"|'[^']*'|[^\s"'{[#][^:#]*?)\s*:(\s+|$)/.exec(rest);
  close(state, frame => frame.indent >= indent);
  if (!key) return rest;
  const name = key[1].replace(/^["']|["']$/g, '');
  rest = rest.slice(key[0].length);
  state.block.at(-1).seen.set(name, rest.trim());
  state.block.push({ indent, key: name, seen: new Map() });
  state.value = true;
  return rest;
}

function close(state, over) {
  while (state.block.length > 1 && over(state.block.at(-1))) state.block.pop();
}

/** Follows brackets, braces and quotes of a value to the end of its line. */
function scan(state, text) {
  let word = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const inner = state.flow.at(-1);
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, i + 1);
      word += text.slice(i + 1, end < 0 ? undefined : end);
      i = end < 0 ? text.length : end;
    } else if (c === '#' && (i === 0 || text[i - 1] === ' ')) {
      return;
    } else if (c === '{' || c === '[') {
      state.flow.push({ map: c === '{', key: null, seen: new Map() });
      word = '';
    } else if (!inner) {
      word += c;
    } else if (c === '}' || c === ']') {
      take(inner, word);
      state.flow.pop();
      word = '';
    } else if (c === ',') {
      take(inner, word);
      inner.key = null;
      word = '';
    } else if (c === ':' && inner.map && inner.key === null && /^(\s|$)/.test(text.slice(i + 1, i + 2))) {
      inner.key = word.trim();
      word = '';
    } else {
      word += c;
    }
  }
}

function take(frame, word) {
  if (frame.map && frame.key !== null) frame.seen.set(frame.key, word.trim());
}

function answer(state, word) {
  const frames = [...state.block.slice(1).map(frame => ({ ...frame, map: !frame.item })), ...state.flow];
  const segments = [];
  let holder = state.block[0];
  for (const frame of state.block.slice(1)) {
    segments.push(frame.item ? { item: true } : { key: frame.key, type: holder.seen.get('type') });
    holder = frame;
  }
  for (const frame of state.flow) {
    if (!frame.map) segments.push({ item: true });
    else if (frame.key !== null) segments.push({ key: frame.key, type: frame.seen.get('type') });
    holder = frame;
  }
  const inner = state.flow.at(-1);
  const at = inner ? (inner.map && inner.key === null ? 'key' : 'value') : state.value ? 'value' : 'key';
  return { segments, at, word, type: holder.seen.get('type'), taken: [...holder.seen.keys()], depth: frames.length };
}

function expand(schema, node, type) {
  if (!node || typeof node !== 'object') return [];
  if (node.$ref) return expand(schema, node.$ref.split('/').slice(1).reduce((at, name) => at?.[name], schema), type);
  const parts = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  if (parts.length === 0) return [node];
  const found = parts.flatMap(part => expand(schema, part, type));
  const fitting = found.filter(part => !part.properties?.type?.const || part.properties.type.const === type);
  return [...(node.properties ? [node] : []), ...(type && fitting.length > 0 ? fitting : found)];
}

function nodes(schema, segments, type) {
  let found = [schema];
  for (const segment of segments) {
    const wide = found.flatMap(node => expand(schema, node, segment.type));
    found = wide.flatMap(node => (segment.item ? [node.items] : [node.properties?.[segment.key] ?? node.additionalProperties]))
      .filter(node => node && typeof node === 'object');
  }
  return found.flatMap(node => expand(schema, node, type));
}

const NAMED = { to: ['outbounds', 'groups'], via: ['outbounds', 'groups'], members: ['outbounds', 'groups'], outbound: ['outbounds', 'groups'], 'rule-set': ['rule-sets'] };

/** The names that a section of the text gives to things, such as "outbounds". */
export function names(text, section) {
  const lines = text.split('\n');
  const start = lines.findIndex(line => line.startsWith(`${section}:`));
  const found = [];
  let indent = null;
  for (let i = start + 1; start >= 0 && i < lines.length && !/^[^\s#]/.test(lines[i]); i++) {
    const key = /^( +)["']?([^\s"'#:-][^"':]*)["']?:/.exec(lines[i]);
    indent ??= key?.[1];
    if (key && key[1] === indent) found.push(key[2]);
  }
  return found;
}

/** What may stand at a position: {word, options: [{label, apply, detail, info}]}. */
export function suggest(schema, text, position) {
  const place = locate(text, position);
  const options = new Map();
  const put = option => options.has(option.label) || options.set(option.label, option);
  const found = nodes(schema, place.segments, place.type);
  if (place.at === 'key') {
    for (const node of found) {
      for (const [label, about] of Object.entries(node.properties ?? {})) {
        if (!place.taken.includes(label)) put({ label, apply: `${label}: `, type: 'property', info: about.description });
      }
    }
  }
  const key = [...place.segments].reverse().find(segment => segment.key)?.key;
  if (place.at === 'value' || place.segments.at(-1)?.item) {
    for (const node of found) {
      for (const label of [...(node.enum ?? []), ...(node.const === undefined ? [] : [node.const])]) put({ label: String(label), type: 'enum', info: node.description });
      if ([node.type].flat().includes('boolean') && [node.type].flat().length === 1) ['true', 'false'].forEach(label => put({ label, type: 'enum' }));
    }
    for (const section of NAMED[key] ?? []) names(text, section).forEach(label => put({ label, type: 'variable', detail: section }));
    if (key === 'to' || key === 'members') ['direct', 'block'].forEach(label => put({ label, type: 'variable' }));
  }
  return { word: place.word, options: [...options.values()] };
}

/** What the key at a position is for: {key, text}, or null. */
export function describe(schema, text, position) {
  const word = /[\w-]*$/.exec(text.slice(0, position))[0] + /^[\w-]*/.exec(text.slice(position))[0];
  const place = locate(text, position - /[\w-]*$/.exec(text.slice(0, position))[0].length);
  if (!word || place.at !== 'key') return null;
  const about = nodes(schema, place.segments, place.type).map(node => node.properties?.[word]).find(Boolean);
  return about?.description ? { key: word, text: about.description } : null;
}
