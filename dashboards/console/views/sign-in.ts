import { html, useState } from '../vendor/htm-preact.js';
import { getJson } from '../data/api.ts';
import { signIn, signOut } from '../data/session.ts';

/** Asks for a bearer token and tries it before it is kept. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const value = new FormData(event.currentTarget as HTMLFormElement).get('token');
    signIn(typeof value === 'string' ? value : '');
    try {
      await getJson('/apis/health.vigil.dev/v1/summary');
      onSignedIn();
    } catch (error) {
      signOut();
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return html`<main class="sign-in">
    <h1>Vigil</h1>
    <form onSubmit=${submit}>
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="off" required autofocus />
      <button>Sign in</button>
      ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
      <p class="hint">
        A token comes from <code>./kctl token</code>, or from any service account:
        <code>kubectl create token NAME</code>.
      </p>
    </form>
  </main>`;
}
