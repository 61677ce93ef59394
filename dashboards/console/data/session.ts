/** Where the bearer token of this tab is kept: gone when the tab is closed, never in a URL. */
const KEY = 'vigil.token';

export function token(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

export function signIn(value: string): void {
  sessionStorage.setItem(KEY, value.trim());
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
}
