// A dialog that sends everything one way for a while.
import { post } from '../api.js';
import { t } from '../i18n.js';
import { look } from '../live.js';
import { Button, Choice, Dialog, html, useState } from '../ui.js';
import { Refusal, changed, kindOf, useTargets } from './deciding.js';

/** The next midnight of who looks at the page. */
function midnight() {
  const day = new Date();
  day.setHours(24, 0, 0, 0);
  return day.toISOString();
}

const all = to => (to === 'direct' ? t('pause.all.direct') : t('pause.all.through', { to }));

export default function Pausing({ onClose }) {
  const [span, setSpan] = useState('10m');
  const [error, setError] = useState(null);
  const targets = useTargets().filter(to => to !== 'block');
  const send = async to => {
    setError(null);
    const time = span === 'day' ? { until: midnight(), for: null } : { until: null, for: span };
    try {
      const made = await post('rules', { host: 'any', to, ...time, where: 'first' });
      await look();
      onClose();
      changed(all(to), made.change, look);
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<${Dialog} title=${t('pause.title')} onClose=${onClose}><div class="sending">
    <${Choice} label=${t('sending.span')} value=${span} onChange=${setSpan}
      options=${[['10m', t('span.10m')], ['1h', t('span.1h')], ['day', t('span.day')]]} />
    <div class="send-buttons">${targets.map(to => html`<${Button} key=${to} icon=${kindOf(to) === 'tunnel' ? 'tunnels' : 'right'} data-send=${to}
      onClick=${() => send(to)}>${all(to)}<//>`)}</div>
    ${error && html`<${Refusal} error=${error} />`}
    <p class="muted small-text">${t('pause.note')}</p></div><//>`;
}
