import { namespaced, type BaseObject } from '../apiserver/verdicts/base-object.ts';
import { baseObjects } from '../apiserver/verdicts/base-objects.ts';
import { certificateObjects } from '../apiserver/verdicts/certificate-objects.ts';
import { deviceObjects } from '../apiserver/verdicts/device-objects.ts';
import { policyObjects } from '../apiserver/verdicts/policy-objects.ts';
import { gadget, gadgetDefinition } from './gadget.ts';

/** What no request of the fuzz is about: nobody waits for webhooks that there are not. */
const nowhere = [
  { apiGroups: ['nowhere.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] },
];

function withRulesNowhere({ path, object }: BaseObject): BaseObject {
  const webhooks = (object['webhooks'] as readonly object[]).map((webhook) => ({ ...webhook, rules: nowhere }));
  return { path, object: { ...object, webhooks } };
}

/** A Service's own have its name. */
const endpoints: BaseObject = {
  path: '/api/v1/namespaces/default/endpoints',
  object: { ...baseObjects['Endpoints']?.object, metadata: { name: 'alone', labels: { app: 'web' } } },
};

const { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } = policyObjects;

/** A valid object of each kind that is stored, to be there when the fuzz begins. Definitions come before what they define. */
export const fuzzedObjects: readonly BaseObject[] = [
  ...Object.values({
    ...baseObjects,
    Endpoints: endpoints,
    ...certificateObjects,
    ...deviceObjects,
    ...(MutatingAdmissionPolicy && { MutatingAdmissionPolicy }),
    ...(MutatingAdmissionPolicyBinding && { MutatingAdmissionPolicyBinding }),
  }).map((base) => (base.object['webhooks'] ? withRulesNowhere(base) : base)),
  { path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', object: gadgetDefinition },
  { path: `${namespaced('fuzz.example.com')}/gadgets`, object: gadget },
];
