import { whenSignedOut } from './data/api.ts';
import { ClusterState } from './data/cluster-state.ts';
import { formatRoute, parseRoute, type Route } from './data/route.ts';
import { signOut, token } from './data/session.ts';
import { AlertsView } from './views/alerts.ts';
import { ClusterView } from './views/cluster.ts';
import { LogsView } from './views/logs.ts';
import { SignIn } from './views/sign-in.ts';
import { WorkloadView } from './views/workload.ts';
import { html, render, useEffect, useState } from './vendor/htm-preact.js';

const tabs: readonly { readonly place: Route['place']; readonly title: string; readonly key: string }[] = [
  { place: 'cluster', title: 'Cluster', key: 'c' },
  { place: 'logs', title: 'Logs', key: 'l' },
  { place: 'alerts', title: 'Alerts', key: 'a' },
];

function App() {
  const [signedIn, setSignedIn] = useState(token() !== undefined);
  useEffect(() => whenSignedOut(() => setSignedIn(false)), []);
  if (!signedIn) return html`<${SignIn} onSignedIn=${() => setSignedIn(true)} />`;
  return html`<${Console} onSignOut=${() => setSignedIn(false)} />`;
}

function Console({ onSignOut }: { readonly onSignOut: () => void }) {
  const [state] = useState(() => new ClusterState());
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [help, setHelp] = useState(false);
  const [, redraw] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const unsubscribe = state.subscribe(() => redraw((count: number) => count + 1));
    state.start(ended.signal);
    const onHash = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', onHash);
    const onKey = keyboard(() => setHelp((shown: boolean) => !shown));
    addEventListener('keydown', onKey);
    return () => {
      ended.abort();
      unsubscribe();
      removeEventListener('hashchange', onHash);
      removeEventListener('keydown', onKey);
    };
  }, []);
  const firing = [...state.alerts.values()].filter((alert) => alert.state === 'firing').length;
  return html`
    <nav aria-label="Places">
      <strong>Vigil</strong>
      ${tabs.map(({ place, title }) => html`<a key=${place} href=${formatRoute(place)} aria-current=${route.place === place ? 'page' : undefined}>${title}${place === 'alerts' && firing > 0 ? ` (${firing})` : ''}</a>`)}
      <span class="live ${state.live ? 'ok' : 'bad'}" role="status"
        >${state.live ? 'live' : state.problem || 'reconnecting…'}</span
      >
      <button
        type="button"
        onClick=${() => {
          signOut();
          onSignOut();
        }}
      >
        Sign out
      </button>
    </nav>
    <main><${Place} state=${state} route=${route} /></main>
    ${
      help &&
      html`<dialog open>
        <h3>Keys</h3>
        <dl>
          <dt>/</dt>
          <dd>search logs</dd>
          <dt>g c · g l · g a</dt>
          <dd>cluster, logs, alerts</dd>
          <dt>j k</dt>
          <dd>next, previous</dd>
          <dt>?</dt>
          <dd>this help</dd>
        </dl>
      </dialog>`
    }
  `;
}

function Place({ state, route }: { readonly state: ClusterState; readonly route: Route }) {
  const [namespace = '', kind = '', name = ''] = route.segments;
  switch (route.place) {
    case 'workload':
      return html`<${WorkloadView}
        key=${route.segments.join('/')}
        state=${state}
        namespace=${namespace}
        kind=${kind}
        name=${name}
      />`;
    case 'logs':
      return html`<${LogsView} route=${route} />`;
    case 'alerts':
      return html`<${AlertsView} state=${state} />`;
    default:
      return html`<${ClusterView} state=${state} />`;
  }
}

/** `/` search, `g` then `c l a` go, `j k` move, `?` help. Keys typed into a field are the field's. */
function keyboard(toggleHelp: () => void): (event: KeyboardEvent) => void {
  let went = false;
  return (event) => {
    if (
      event.target instanceof HTMLInputElement ||
      event.target instanceof HTMLSelectElement ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const target = went ? tabs.find((tab) => tab.key === event.key) : undefined;
    went = event.key === 'g';
    if (target) location.hash = formatRoute(target.place);
    else if (event.key === '?') toggleHelp();
    else if (event.key === 'j' || event.key === 'k') move(event.key === 'j' ? 1 : -1);
    else if (event.key === '/') {
      event.preventDefault();
      if (!location.hash.startsWith('#/logs')) location.hash = formatRoute('logs');
      requestAnimationFrame(() => document.getElementById('search')?.focus());
    }
  };
}

function move(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('main a, main summary, main button')];
  const index = links.indexOf(document.activeElement as HTMLElement);
  links[Math.min(links.length - 1, Math.max(0, index + step))]?.focus();
}

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
