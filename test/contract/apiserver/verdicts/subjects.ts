import { askAll } from './ask-all.ts';
import type { BaseObject } from './base-object.ts';
import { allObjects, patchedObjects } from './all-objects.ts';
import type { Judge } from './judge.ts';
import { partsOf } from './parts.ts';
import { askQuestions } from './questions/ask-questions.ts';
import * as lists from './questions/lists.ts';
import { patchesOf } from './questions/patches.ts';
import type { Questions } from './questions/question.ts';
import { deletions, writesOf, writtenConfigMap, writtenDeployment } from './questions/writes.ts';
import type { RecordedVerdicts } from './recorded-verdict.ts';

/** Something that servers are asked about, and how. */
export type Subject = (judge: Judge) => Promise<RecordedVerdicts>;

/** Kinds whose lists are merged in different ways. */
const patched = [
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Service',
  'Node',
  'PersistentVolumeClaim',
  'LimitRange',
  'ResourceQuota',
  'PodTemplateDeployment',
  'CronJob',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Ingress',
  'NetworkPolicy',
  'EndpointSlice',
  'Endpoints',
  'ClusterRole',
  'RoleBinding',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'CustomResourceDefinition',
  'FlowSchema',
  'CustomObject',
  'StorageClass',
  'CSINode',
  'PersistentVolume',
];

const kindNames: Readonly<Record<string, string>> = { PodTemplateDeployment: 'Deployment', CustomObject: 'Database' };

function ofKind(kind: string, base: BaseObject): Subject {
  return (judge) => askAll(judge, base, partsOf(kind, base));
}

function ofQuestions(section: string, questions: Questions): Subject {
  return async (judge) => ({ [section]: await askQuestions(judge, questions) });
}

/** By the name of the file in which verdicts are recorded. */
export const subjects: Readonly<Record<string, Subject>> = {
  ...Object.fromEntries(Object.entries(allObjects).map(([kind, base]) => [kind, ofKind(kind, base)])),
  ...Object.fromEntries(
    patched.flatMap((name) => {
      const base = allObjects[name] ?? patchedObjects[name];
      return base ? [[`${name}Patches`, ofQuestions('patch', patchesOf(kindNames[name] ?? name, base))]] : [];
    }),
  ),
  LabelSelectors: ofQuestions('list', lists.labelSelection),
  FieldSelectors: ofQuestions('list', lists.fieldSelection),
  FieldsOfKinds: ofQuestions('list', lists.fieldsOfKinds),
  Lists: ofQuestions('list', lists.listing),
  WatchPaths: ofQuestions('watch', lists.watchPaths),
  NamedWatches: ofQuestions('watch', lists.namedWatches),
  Deletions: ofQuestions('delete', deletions),
  ConfigMapWrites: ofQuestions('write', writesOf(writtenConfigMap, 'v1', 'ConfigMap')),
  DeploymentWrites: ofQuestions('write', writesOf(writtenDeployment, 'apps/v1', 'Deployment')),
};
