import { Screen, html } from '../ui.js';
import { t } from '../i18n.js';
export default () => html`<${Screen} title=${t('nav.overview')} />`;
