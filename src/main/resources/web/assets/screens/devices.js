// The devices that use the proxy: who they are, what of them goes where, and a rule for one in two presses.
import { mayEdit } from '../api.js';
import { bytes, count } from '../format.js';
import { t } from '../i18n.js';
import { Asked, Button, Card, Dialog, Empty, Icon, Screen, Search, html, useState } from '../ui.js';
import { Pager, Sending, Since, usePage, useStatus } from './deciding.js';
import { Shares } from './shares.js';

export default function Devices() {
  const { search, setSearch, setOffset, page } = usePage('devices', { every: 10_000 });
  useStatus(); // for the colours of roads
  const [chosen, setChosen] = useState(null);
  const fits = device => [device.name, device.mac, ...device.addresses].some(text => text?.toLowerCase().includes(search.toLowerCase()));
  return html`<${Screen} title=${t('nav.devices')} intro=${t('devices.intro')}>
    <${Asked} from=${page}>${told => (told.items.length === 0 && !search ? html`<${Empty} icon="devices" title=${t('devices.none')} text=${t('devices.none.text')} />`
      : html`<div class="toolbar"><${Search} label=${t('devices.search')} value=${search} onInput=${setSearch} /></div>
        <div class="cells wide">${told.items.filter(fits).sort(busiest).map(device => html`<${Device} key=${device.mac ?? device.addresses[0]} device=${device} rule=${() => setChosen(device)} />`)}</div>
        <${Pager} page=${told} onChange=${setOffset} />`)}<//>
    ${chosen && html`<${Dialog} title=${t('devices.rule.title', { name: chosen.name ?? chosen.addresses[0] })} onClose=${() => setChosen(null)}>
      <p class="muted">${t(chosen.mac ? 'devices.rule.mac' : 'devices.rule.address', { what: chosen.mac ?? chosen.addresses.join(', ') })}</p>
      <${Sending} host=${chosen.name ?? chosen.addresses[0]} rule=${ruleOf(chosen)} done=${() => setChosen(null)} /><//>`}<//>`;
}

/** A rule for all that a device sends: by its card's address, which stays when it gets another address. */
const ruleOf = device => (device.mac ? `{source-mac: "${device.mac}"}` : `{source: [${device.addresses.map(one => `"${one}"`).join(', ')}]}`);

/** Those with most traffic of today first. */
const busiest = (one, other) => other.up + other.down - one.up - one.down;

function Device({ device, rule }) {
  const roads = Object.entries(device.outbounds ?? {}).filter(([, sum]) => sum > 0).sort((one, other) => other[1] - one[1]);
  const known = device.name ?? device.addresses[0];
  return html`<${Card} className="device" title=${known} actions=${html`<span class="muted small-text">${device.flows > 0 ? t('devices.flows', { n: device.flows }) : device.seen !== null && html`${t('devices.seen')} <${Since} time=${device.seen} />`}</span>`}>
    <p class="muted small-text wrap">${[...(device.name ? device.addresses : device.addresses.slice(1)), device.mac].filter(Boolean).join(' · ') || t('devices.unnamed')}</p>
    <p class="updown"><span><${Icon} name="down" size=${15} /><span class="unseen">${t('down')}</span> ${bytes(device.down)}</span>
      <span><${Icon} name="up" size=${15} /><span class="unseen">${t('up')}</span> ${bytes(device.up)}</span> <span class="muted">${t('today')}</span></p>
    ${roads.length > 0 && html`<${Shares} parts=${roads} />`}
    ${mayEdit() && html`<div class="actions"><${Button} small icon="send" onClick=${rule}>${t('devices.rule')}<//></div>`}<//>`;
}
