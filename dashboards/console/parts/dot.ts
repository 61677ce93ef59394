import type { DotState } from '../data/pod-state.ts';
import { html } from '../vendor/htm-preact.js';

/** A state as colour and shape, with its word for those who see neither. */
export function Dot({ state, word }: { readonly state: DotState; readonly word: string }) {
  return html`<span class="dot ${state}" role="img" aria-label=${word} title=${word}></span>`;
}
