import type { RetentionConfig } from '../../../lib/config/log-shipper.ts';
import type { Distribution } from './health.ts';
import { MANAGED } from './templates.ts';

export const POLICY = 'logs-vigil';
const defaultRollover = { rolloverAge: '1d', rolloverSize: '25gb' } as const;

type Json = Readonly<Record<string, unknown>>;
type Retention = Required<RetentionConfig>;

/** How each product says when an index ends and when it goes. */
interface Dialect {
  readonly path: string;
  policy(retention: RetentionConfig): Json;
  /** What a policy from the server does, when it has the shape of ours, and what it says that it does. */
  read(answer: Json): { readonly retention: Retention | undefined; readonly said: unknown };
}

/** Elasticsearch's index lifecycle management. */
const ilm: Dialect = {
  path: `/_ilm/policy/${POLICY}`,
  policy(config) {
    const retention = complete(config);
    return {
      policy: {
        _meta: { ...MANAGED, description: describe(retention) },
        phases: {
          hot: {
            min_age: '0ms',
            actions: {
              rollover: { max_age: retention.rolloverAge, max_primary_shard_size: retention.rolloverSize },
            },
          },
          delete: { min_age: retention.maxAge, actions: { delete: {} } },
        },
      },
    };
  },
  read(answer) {
    const policy = at(answer, POLICY, 'policy');
    const phases = at(policy, 'phases');
    const actions = at(phases, 'hot', 'actions');
    const rollover = at(actions, 'rollover');
    const isOurShape =
      hasOnly(phases, ['hot', 'delete']) &&
      hasOnly(actions, ['rollover']) &&
      hasOnly(rollover, ['max_age', 'max_primary_shard_size']) &&
      hasOnly(at(phases, 'delete', 'actions'), ['delete']);
    return {
      retention: isOurShape
        ? texts(at(phases, 'delete')['min_age'], rollover['max_age'], rollover['max_primary_shard_size'])
        : undefined,
      said: at(policy, '_meta')['description'],
    };
  },
};

/** OpenSearch's index state management. */
const ism: Dialect = {
  path: `/_plugins/_ism/policies/${POLICY}`,
  policy(config) {
    const retention = complete(config);
    return {
      policy: {
        description: describe(retention),
        default_state: 'hot',
        states: [
          {
            name: 'hot',
            actions: [
              {
                rollover: { min_index_age: retention.rolloverAge, min_primary_shard_size: retention.rolloverSize },
              },
            ],
            transitions: [{ state_name: 'delete', conditions: { min_rollover_age: retention.maxAge } }],
          },
          { name: 'delete', actions: [{ delete: {} }], transitions: [] },
        ],
        ism_template: [{ index_patterns: ['logs-vigil.*-*'], priority: 300 }],
      },
    };
  },
  read(answer) {
    const policy = at(answer, 'policy');
    const [hot, last, ...more] = list(policy['states']);
    const [action, ...moreActions] = list(hot?.['actions']);
    const [transition, ...moreTransitions] = list(hot?.['transitions']);
    const [remove, ...moreRemovals] = list(last?.['actions']);
    const rollover = at(action ?? {}, 'rollover');
    const conditions = at(transition ?? {}, 'conditions');
    const extra = more.length + moreActions.length + moreTransitions.length + moreRemovals.length;
    const isOurShape =
      extra === 0 &&
      hasOnly(rollover, ['min_index_age', 'min_primary_shard_size', 'copy_alias']) &&
      hasOnly(conditions, ['min_rollover_age']) &&
      remove !== undefined &&
      'delete' in remove;
    return {
      retention: isOurShape
        ? texts(conditions['min_rollover_age'], rollover['min_index_age'], rollover['min_primary_shard_size'])
        : undefined,
      said: policy['description'],
    };
  },
};

const dialects: Readonly<Record<Distribution, Dialect>> = { elasticsearch: ilm, opensearch: ism };

/** Where the policy of this kind of server is, below the server's URL. */
export function policyPath(distribution: Distribution): string {
  return dialects[distribution].path;
}

/** The body that makes the server keep documents for so long. */
export function policyBody(distribution: Distribution, retention: RetentionConfig): Json {
  return dialects[distribution].policy(retention);
}

export type PolicyDecision = 'write' | 'same' | 'not-ours';

/**
 * What to do about a policy that is on the server. Each of ours says in words what it does: when it does something else, somebody changed it, and it is theirs.
 */
export function decidePolicy(distribution: Distribution, present: Json, wanted: RetentionConfig): PolicyDecision {
  const { retention, said } = dialects[distribution].read(present);
  if (!retention || said !== describe(retention)) return 'not-ours';
  return said === describe(complete(wanted)) ? 'same' : 'write';
}

function complete(config: RetentionConfig): Retention {
  return {
    maxAge: config.maxAge,
    rolloverAge: config.rolloverAge ?? defaultRollover.rolloverAge,
    rolloverSize: config.rolloverSize ?? defaultRollover.rolloverSize,
  };
}

function describe({ maxAge, rolloverAge, rolloverSize }: Retention): string {
  return `Made by Vigil: a new index after ${rolloverAge} or ${rolloverSize}, deleted ${maxAge} after that.`;
}

function texts(maxAge: unknown, rolloverAge: unknown, rolloverSize: unknown): Retention | undefined {
  if (typeof maxAge !== 'string' || typeof rolloverAge !== 'string' || typeof rolloverSize !== 'string')
    return undefined;
  return { maxAge, rolloverAge, rolloverSize };
}

/** The object at a path; empty when there is none. */
function at(value: unknown, ...path: readonly string[]): Json {
  let found = value;
  for (const key of path) found = isObject(found) ? found[key] : undefined;
  return isObject(found) ? found : {};
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: Json, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}
