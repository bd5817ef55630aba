// The devices that use the proxy: who they are, what of them goes where, and a rule for one in two presses.
import { mayEdit, put, segment } from '../api.js';
import { bytes, count } from '../format.js';
import { t } from '../i18n.js';
import { Asked, Button, Card, Dialog, Empty, Icon, Input, Screen, Search, html, useEffect, useRef, useState } from '../ui.js';
import { Pager, Refusal, Sending, Since, changed, usePage, useStatus } from './deciding.js';
import { Shares } from './shares.js';

export default function Devices() {
  const { search, setSearch, setOffset, page } = usePage('devices', { every: 10_000 });
  useStatus(); // for the colours of roads
  const [chosen, setChosen] = useState(null);
  const fits = device => [device.name, device.mac, ...device.addresses].some(text => text?.toLowerCase().includes(search.toLowerCase()));
  return html`<${Screen} title=${t('nav.devices')} intro=${t('devices.intro')}>
    <${Asked} from=${page}>${told => (told.items.length === 0 && !search ? html`<${Empty} icon="devices" title=${t('devices.none')} text=${t('devices.none.text')} />`
      : html`<div class="toolbar"><${Search} label=${t('devices.search')} value=${search} onInput=${setSearch} /></div>
        <div class="cells wide">${told.items.filter(fits).sort(busiest).map(device => html`<${Device} key=${device.mac ?? device.addresses[0]} device=${device} rule=${() => setChosen(device)} reload=${page.reload} />`)}</div>
        <${Pager} page=${told} onChange=${setOffset} />`)}<//>
    ${chosen && html`<${Dialog} title=${t('devices.rule.title', { name: calledBy(chosen) })} onClose=${() => setChosen(null)}>
      <p class="muted">${t(chosen.mac ? 'devices.rule.mac' : 'devices.rule.address', { what: chosen.mac ?? chosen.addresses.join(', ') })}</p>
      <${Sending} host=${calledBy(chosen)} rule=${ruleOf(chosen)} done=${() => setChosen(null)} /><//>`}<//>`;
}

/** A rule for all that a device sends: by its card's address, which stays when it gets another address. */
const ruleOf = device => (device.mac ? `{source-mac: "${device.mac}"}` : `{source: [${device.addresses.map(one => `"${one}"`).join(', ')}]}`);

/** Those with most traffic of today first. */
const busiest = (one, other) => other.up + other.down - one.up - one.down;

const isHere = device => /^(127\.|::1$)/.test(device.addresses[0] ?? '');

const calledBy = device => device.name ?? (isHere(device) ? t('devices.here') : device.addresses[0]);

/** A name for a device, typed in the place of the one that it has; the config keeps it. */
function Naming({ device, done }) {
  const [name, setName] = useState(device.name ?? '');
  const [error, setError] = useState(null);
  const self = useRef();
  useEffect(() => self.current.querySelector('input').select(), []);
  const save = async event => {
    event.preventDefault();
    setError(null);
    try {
      const made = await put(`devices/${segment(device.mac ?? device.addresses[0])}`, { name: name.trim() || null });
      changed(t(name.trim() ? 'devices.named' : 'devices.unnamed.now', { name: name.trim() }), made?.change, done);
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<form class="naming" ref=${self} onSubmit=${save} onKeyDown=${event => event.key === 'Escape' && done()}>
    <${Input} label=${t('devices.name')} hidden name="name" value=${name} onInput=${setName} maxlength="60" placeholder=${device.addresses[0]} />
    <button type="submit" class="button primary small"><span>${t('devices.name.save')}</span></button><${Button} small onClick=${done}>${t('action.cancel')}<//>
    ${error && html`<${Refusal} error=${error} />`}</form>`;
}

function Device({ device, rule, reload }) {
  const [naming, setNaming] = useState(false);
  const roads = Object.entries(device.outbounds ?? {}).filter(([, sum]) => sum > 0).sort((one, other) => other[1] - one[1]);
  const done = () => {
    setNaming(false);
    return reload();
  };
  return html`<${Card} className="device" title=${calledBy(device)} actions=${html`<span class="muted small-text">${device.flows > 0 ? t('devices.flows', { n: device.flows }) : device.seen !== null && html`${t('devices.seen')} <${Since} time=${device.seen} />`}</span>`}>
    ${naming && html`<${Naming} device=${device} done=${done} />`}
    <p class="muted small-text wrap">${[...(device.name || isHere(device) ? device.addresses : device.addresses.slice(1)), device.mac].filter(Boolean).join(' · ') || t('devices.unnamed')}</p>
    <p class="updown"><span><${Icon} name="down" size=${15} /><span class="unseen">${t('down')}</span> ${bytes(device.down)}</span>
      <span><${Icon} name="up" size=${15} /><span class="unseen">${t('up')}</span> ${bytes(device.up)}</span> <span class="muted">${t('today')}</span></p>
    ${roads.length > 0 && html`<${Shares} parts=${roads} />`}
    ${mayEdit() && html`<div class="actions"><${Button} small icon="send" onClick=${rule}>${t('devices.rule')}<//>
      ${!naming && !isHere(device) && html`<${Button} small icon="editor" label=${t('devices.rename', { name: calledBy(device) })} onClick=${() => setNaming(true)}>${t(device.name ? 'devices.name.other' : 'devices.name.give')}<//>`}</div>`}<//>`;
}
