// English. Keys are screen.thing; a pair is [for one, for all other numbers] of {n}.
export default {
  // the frame
  'nav.label': 'Screens',
  'nav.short': 'Main screens',
  'nav.skip': 'Skip to the content',
  'nav.more': 'More',
  'nav.overview': 'Overview',
  'nav.flows': 'Flows',
  'nav.explain': 'Explain',
  'nav.rules': 'Rules',
  'nav.editor': 'Editor',
  'nav.tunnels': 'Tunnels',
  'nav.dns': 'DNS',
  'nav.devices': 'Devices',
  'nav.traffic': 'Traffic',
  'nav.logs': 'Logs',
  'nav.setup': 'Set-up',
  'theme.label': 'Colours',
  'theme.auto': 'Auto',
  'theme.light': 'Light',
  'theme.dark': 'Dark',
  'language.label': 'Language',
  'link.off': 'Not live',
  'link.connecting': 'Connecting',
  'link.open': 'Live',
  'link.lost': 'Connection lost',
  'scope.read': 'May look',
  'scope.switch': 'May look and switch',
  'scope.admin': 'May change everything',
  'login.title': 'Who is there?',
  'login.link': 'This command prints a link that logs you in:',
  'login.token': 'Or the token',
  'login.hint': 'It is in the file api.token of the state folder, which only you can read.',
  'login.go': 'Log in',
  'login.wrong': 'This token is not the right one.',
  'login.slow': 'Too many wrong tokens. Wait a minute, then try again.',
  'action.leave': 'Log out',
  'action.close': 'Close',
  'action.retry': 'Try again',
  'action.refresh': 'Refresh',
  'action.undo': 'Undo',
  'action.cancel': 'Cancel',
  'action.copy': 'Copy',
  'state.loading': 'Loading…',
  'state.copied': 'Copied',
  'error.offline.title': 'Fenliu does not answer',
  'error.offline.text': 'It may have been stopped, or is being restarted. This page goes on when it is back.',
  'error.missing.title': 'This version cannot do that yet',
  'error.missing.text': 'The program that runs has no such function. A newer version may.',
  'error.forbidden.title': 'Your token may not do this',
  'error.forbidden.text': 'Log out, and log in again with a token that may change things.',
  'error.other.title': 'That did not work',
  'time.now': 'just now',
  'time.days': ['{n} day', '{n} days'],

  // overview

  // flows

  // explain

  // rules

  // editor

  // tunnels

  // dns

  // devices

  // traffic

  // logs

  // setup
};
