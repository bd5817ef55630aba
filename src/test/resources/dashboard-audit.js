// What is wrong with the page as it is seen now: a list of texts, empty if nothing is. Put into the page by DashboardTest.
window.audit = () => {
  const wrong = [];
  const seen = element => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: false })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && !element.closest('.unseen');
  };
  const name = element => `${element.tagName.toLowerCase()}.${String(element.className.baseVal ?? element.className).replace(/\s+/g, '.')} "${(element.textContent || '').trim().slice(0, 40)}"`;

  /** Whether something that stands within the window cuts it off or lets it be scrolled. */
  const clipped = element => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible' && at.getBoundingClientRect().right <= innerWidth + 1) return true;
    }
    return false;
  };
  const breadth = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > innerWidth || breadth > innerWidth) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} px broad, the window ${innerWidth}`);
  }
  if (innerWidth < 700) {
    for (const element of document.querySelectorAll('main *')) {
      const box = element.getBoundingClientRect();
      if (box.right > innerWidth + 1 && seen(element) && !clipped(element)) wrong.push(`reaches ${Math.round(box.right)} px: ${name(element)}`);
    }
  }

  const modal = document.querySelector('dialog[open]');
  const roots = modal ? [modal] : [document.body];
  const controls = roots.flatMap(root => [...root.querySelectorAll('button, a[href], input, select, textarea, summary, [role="button"], [contenteditable="true"]')]).filter(one => seen(one));
  for (const control of controls) {
    const labels = [...(control.labels ?? [])].map(label => label.textContent).join(' ');
    const by = (control.getAttribute('aria-labelledby') ?? '').split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' ');
    const images = [...control.querySelectorAll('img[alt]')].map(image => image.alt).join(' ');
    const own = control.matches('input, select, textarea') ? '' : control.textContent;
    if (![control.getAttribute('aria-label'), by, labels, own, images, control.title].some(text => text?.trim())) wrong.push(`has no label: ${name(control)} ${control.outerHTML.slice(0, 120)}`);
  }
  for (const picture of document.querySelectorAll('[role="img"]')) {
    if (seen(picture) && picture.getAttribute('aria-label') === null) wrong.push(`has no words: ${name(picture)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  if (twice.length) wrong.push(`ids that are there twice: ${twice.join(', ')}`);
  if (document.querySelectorAll('main h1').length !== 1) wrong.push(`has ${document.querySelectorAll('main h1').length} headings of the first rank`);
  const raw = document.body.innerText.match(/\b(?:nav|overview|flows|explain|rules|editor|tunnels|dns|devices|traffic|logs|setup|error|action|health|send|state|time|doctor|subscription)\.[a-z][\w-]*(?:\.[a-z][\w-]*)*\b(?!\/)/g)?.filter(text => !/\.(ya?ml|txt|test|example|json|com|net|org)$/.test(text));
  if (raw?.length) wrong.push(`keys in place of texts: ${[...new Set(raw)].join(', ')}`);

  const parse = text => {
    const numbers = text.match(/[\d.]+(?:e-?\d+)?/g)?.map(Number) ?? [0, 0, 0, 0];
    const scale = text.startsWith('color(') ? 255 : 1;
    return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1];
  };
  const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] >= 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(value => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(modal ?? document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || done.has(element)) continue;
    done.add(element);
    if (!seen(element) || element.closest(':disabled, script, style, noscript, option')) continue;
    const style = getComputedStyle(element);
    const svg = element.closest('svg');
    const below = ground(svg ? svg.parentElement : element);
    const colour = over(parse(svg ? style.fill : style.color), below);
    const [one, other] = [light(colour), light(below)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${name(element)} ${style.color} on ${below.slice(0, 3).map(Math.round)}`);
  }
  return [...new Set(wrong)];
};

/** The controls of a part of the page that the Tab key must reach, each marked with a number; the next one is the first of them. */
window.reachable = within => {
  document.activeElement.blur();
  if (within !== document) within.querySelector('h1').focus();
  document.querySelectorAll('[data-reach]').forEach(one => delete one.dataset.reach);
  const all = [...within.querySelectorAll('button, a[href], input, select, textarea, [tabindex="0"]')].filter(one => {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.disabled || one.closest('[popover]:not(:popover-open), .skip')) return false;
    if (one.type === 'radio') return one.checked;
    return !(one.tabIndex < 0);
  });
  return all.map((one, i) => {
    one.dataset.reach = String(i);
    return i;
  });
};

/** The number of the control that has the focus, and whether that is to be seen; null where it has none. */
window.reached = () => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const marked = [at, at.closest('label, .cm-focused')].filter(Boolean);
  const ring = marked.some(one => getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) >= 1);
  return { number: at.dataset.reach ?? null, ring: ring || at === document.body, what: at.outerHTML.slice(0, 160) };
};
