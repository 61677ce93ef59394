import { freezeDeep } from '../../lib/kube/freeze.ts';
import type { SpecRules } from './strategy.ts';

/** Of all texts together; when a generation has grown to half of it, the one before is forgotten. */
const MAX_CHARACTERS = 2 * 1024 * 1024;

type Spec = Readonly<Record<string, unknown>>;

/** A spec, and what is known of it. */
export interface KnownSpec {
  /** The spec as JSON. */
  readonly text: string;
  /** The spec as it is to be kept, where all but the own member was found valid before. */
  readonly known: Spec | undefined;
  /** Says that it was found valid. */
  remember(): void;
}

/**
 * Specs that were found valid, by their JSON without the member that is each object's own. Pods come of templates, so that what is asked for is mostly what was asked for
 * before: it is then not judged again, and all who have it share one frozen object. What is not asked for any more goes.
 */
export class KnownSpecs {
  readonly rules: SpecRules;
  #young = new Map<string, Spec>();
  #old = new Map<string, Spec>();
  #characters = 0;

  constructor(rules: SpecRules) {
    this.rules = rules;
  }

  /** `spec` is frozen when it is remembered. */
  look(spec: Spec): KnownSpec {
    const { own } = this.rules;
    const value = spec[own];
    const shared = value === undefined ? spec : without(spec, own);
    const sharedText = JSON.stringify(shared);
    const found = this.#get(sharedText);
    return {
      text: value === undefined ? sharedText : withMember(sharedText, own, value),
      known: found && value !== undefined ? Object.freeze({ ...found, [own]: value }) : found,
      remember: () => this.#keep(sharedText, freezeDeep(shared)),
    };
  }

  #get(text: string): Spec | undefined {
    const found = this.#young.get(text);
    if (found) return found;
    const spec = this.#old.get(text);
    if (spec) this.#keep(text, spec);
    return spec;
  }

  #keep(text: string, spec: Spec): void {
    if (text.length > MAX_CHARACTERS / 8) return;
    this.#young.set(text, spec);
    this.#characters += text.length;
    if (this.#characters < MAX_CHARACTERS / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#characters = 0;
  }
}

function without(spec: Spec, member: string): Spec {
  const { [member]: _, ...rest } = spec;
  return rest;
}

/** The text of an object with one more member. */
function withMember(text: string, name: string, value: unknown): string {
  const head = text === '{}' ? '{' : `${text.slice(0, -1)},`;
  return `${head}${JSON.stringify(name)}:${JSON.stringify(value)}}`;
}
