// The colours of things of which there are a few.

/** The colour of the n-th as a CSS value; "direct" and "block" have colours of their own. */
export const hue = (n, name) =>
  name === 'direct' ? 'var(--hue-direct)' : name === 'block' ? 'var(--hue-block)' : `var(--hue-${(n < 0 ? 7 : n) % 8})`;
