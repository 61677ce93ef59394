import { group, labels, meta, type BaseObject } from './base-object.ts';

const at = (plural: string) => `${group('admissionregistration.k8s.io')}/${plural}`;
const resourceRules = [
  {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['deployments'],
    scope: '*',
  },
];

/** Policies that say more than those among the other objects. */
export const policyObjects: Readonly<Record<string, BaseObject>> = {
  MutatingAdmissionPolicy: {
    path: at('mutatingadmissionpolicies'),
    object: {
      metadata: meta('verdict'),
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: {
          resourceRules,
          excludeResourceRules: [{ ...resourceRules[0], resourceNames: ['not-this'] }],
          matchPolicy: 'Exact',
          namespaceSelector: { matchLabels: labels },
          objectSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
        },
        matchConditions: [{ name: 'named', expression: 'object.metadata.name != "x"' }],
        variables: [{ name: 'wanted', expression: 'object.spec.replicas' }],
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: variables.wanted + 1}}' },
          },
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/added", value: "yes"}]' },
          },
        ],
      },
    },
  },
  MutatingAdmissionPolicyBinding: {
    path: at('mutatingadmissionpolicybindings'),
    object: {
      metadata: meta('verdict'),
      spec: {
        policyName: 'verdict',
        paramRef: { name: 'settings', namespace: 'default', parameterNotFoundAction: 'Deny' },
        matchResources: {
          resourceRules,
          namespaceSelector: { matchLabels: labels },
          objectSelector: { matchLabels: labels },
          matchPolicy: 'Equivalent',
        },
      },
    },
  },
  RichValidatingAdmissionPolicy: {
    path: at('validatingadmissionpolicies'),
    object: {
      metadata: meta('verdict-rich'),
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: { resourceRules },
        validations: [
          {
            expression: 'object.spec.replicas < int(params.data.max)',
            messageExpression: '"not for " + request.userInfo.username',
            reason: 'Forbidden',
          },
          { expression: 'authorizer.group("apps").resource("deployments").check("delete").allowed()' },
        ],
      },
    },
  },
  /** Refused. */
  AskingMessage: {
    isPosted: true,
    path: at('validatingadmissionpolicies'),
    object: {
      metadata: meta('verdict-asking'),
      spec: {
        matchConstraints: { resourceRules },
        validations: [
          {
            expression: 'false',
            messageExpression: 'authorizer.group("apps").resource("deployments").check("delete").reason()',
          },
        ],
      },
    },
  },
  RichValidatingAdmissionPolicyBinding: {
    path: at('validatingadmissionpolicybindings'),
    object: {
      metadata: meta('verdict-rich'),
      spec: {
        policyName: 'verdict',
        validationActions: ['Warn', 'Audit'],
        paramRef: { selector: { matchLabels: labels }, parameterNotFoundAction: 'Allow' },
        matchResources: { resourceRules, excludeResourceRules: resourceRules },
      },
    },
  },
  OldWebhook: {
    path: at('validatingwebhookconfigurations'),
    object: {
      metadata: meta('verdict-old'),
      webhooks: [
        {
          name: 'check.example.com',
          clientConfig: { url: 'https://hooks.example.com/check' },
          sideEffects: 'None',
          admissionReviewVersions: ['v1beta1'],
        },
      ],
    },
  },
};
