import { describe, expect, it } from 'vitest';
import { decodeAs, decodingMessage, strictDecodingMessage } from './schema.ts';

describe('decodeAs', () => {
  it('shares an object that has nothing to leave out', () => {
    const pod = { metadata: { name: 'a', labels: { x: 'y' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const decoded = decodeAs('V1Pod', pod);
    expect(decoded.object).toBe(pod);
    expect(decoded.unknownFields).toEqual([]);
    expect(decoded.mismatch).toBeUndefined();
  });

  it('leaves out unknown fields and says where they were', () => {
    const decoded = decodeAs('V1Pod', { spec: { foo: 1, containers: [{ name: 'c', bar: {} }] }, baz: [] });
    expect(decoded.object).toEqual({ spec: { containers: [{ name: 'c' }] } });
    expect(decoded.unknownFields).toEqual(['spec.foo', 'spec.containers[0].bar', 'baz']);
    expect(strictDecodingMessage(decoded.unknownFields.slice(0, 2).map((field) => `unknown field "${field}"`))).toBe(
      'strict decoding error: unknown field "spec.foo", unknown field "spec.containers[0].bar"',
    );
  });

  it('leaves out nulls and empty optional lists and maps', () => {
    const decoded = decodeAs('V1Pod', {
      metadata: { name: 'a', creationTimestamp: null, labels: {}, finalizers: [] },
      spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] },
    });
    expect(decoded.object).toEqual({
      metadata: { name: 'a' },
      spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] },
    });
  });

  it('reads members of schemas that may be something else by what they are', () => {
    const schema = {
      items: [{ type: 'string' }],
      additionalItems: false,
      additionalProperties: { type: 'string' },
      dependencies: { a: ['b'], c: { type: 'string' } },
    };
    expect(decodeAs('V1JSONSchemaProps', schema).object).toBe(schema);
    const odd = decodeAs('V1JSONSchemaProps', { items: 'x', properties: { a: { items: { foo: 1 } } } });
    expect(odd.object).toEqual({ properties: { a: { items: {} } } });
    expect(odd.unknownFields).toEqual([]);
  });

  it('takes numbers as quantities', () => {
    const decoded = decodeAs('V1ResourceRequirements', { limits: { cpu: 1, memory: '64Mi' } });
    expect(decoded.object).toEqual({ limits: { cpu: '1', memory: '64Mi' } });
  });

  it.each([
    [
      'V1Deployment',
      { spec: { replicas: 'three' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'V1Deployment',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'V1Pod',
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'V1Pod',
      { spec: { containers: [{ name: 1 }] } },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      'V1Pod',
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    ['V1Pod', { spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      'V1Pod',
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    ['V1Secret', { data: { a: 'not base64!' } }, 'illegal base64 data at input byte 3'],
    ['V1JSONSchemaProps', { additionalProperties: 'x' }, 'boolean or JSON schema expected'],
    [
      'V1JSONSchemaProps',
      { properties: { a: { items: { properties: { b: 'x' } } } } },
      'json: cannot unmarshal string into Go struct field JSONSchemaProps.properties.items.properties of type v1.JSONSchemaProps',
    ],
    [
      'V1JSONSchemaProps',
      { additionalProperties: { required: 'x' } },
      'json: cannot unmarshal string into Go struct field JSONSchemaProps.additionalProperties.required of type []string',
    ],
    [
      'V1ResourceRequirements',
      { limits: { cpu: 'lots' } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'V1Service',
      { spec: { ipFamilies: [{}] } },
      'json: cannot unmarshal object into Go struct field ServiceSpec.spec.ipFamilies of type v1.IPFamily',
    ],
    [
      'V1ResourceRequirements',
      { limits: [] },
      'json: cannot unmarshal array into Go struct field ResourceRequirements.limits of type v1.ResourceList',
    ],
    [
      'V1PodSpec',
      { volumes: [{ emptyDir: { medium: 1 } }] },
      'json: cannot unmarshal number into Go struct field EmptyDirVolumeSource.volumes.VolumeSource.emptyDir.medium of type v1.StorageMedium',
    ],
    ['V1ResourceRequirements', { limits: { cpu: '1Gi2' } }, "unable to parse quantity's suffix"],
    [
      'V1Secret',
      { data: { a: ['x'] } },
      'json: cannot unmarshal string into Go struct field Secret.data of type uint8',
    ],
  ])('says what does not fit into %s: %j', (type, object, message) => {
    expect(decodeAs(type, object).mismatch).toBe(message);
  });

  it.each([
    ['V1Deployment', { spec: { replicas: {} } }, 'unrecognized type: int32'],
    ['V1Deployment', { spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    ['V1Deployment', { spec: [] }, 'cannot restore struct from: slice'],
    ['V1Pod', { spec: { hostNetwork: 'x' } }, 'unrecognized type: bool'],
    ['V1Pod', { spec: { nodeName: 1 } }, 'cannot convert int64 to string'],
    ['V1Pod', { spec: { containers: {} } }, 'cannot restore slice from map'],
    ['V1Pod', { metadata: { labels: 'x' } }, 'cannot restore map from string'],
    ['V1ServicePort', { targetPort: {} }, 'json: cannot unmarshal object into Go value of type int32'],
    ['V1Secret', { data: { a: {} } }, 'cannot restore slice from map'],
    ['V1Secret', { data: { a: ['x'] } }, 'unrecognized type: uint8'],
    ['V1Secret', { data: { a: 'x' } }, 'error decoding from json: illegal base64 data at input byte 0'],
    [
      'V1JSONSchemaProps',
      { additionalProperties: { required: 'x' } },
      'json: cannot unmarshal string into Go struct field JSONSchemaProps.required of type []string',
    ],
  ])('says what does not fit into %s of what is in memory: %j', (type, object, message) => {
    expect(decodeAs(type, object, 'memory').mismatch).toBe(message);
  });

  it('leaves out zeros where they are the same as nothing, and keeps them where they are not', () => {
    const { object } = decodeAs('V1PodSpec', { nodeName: '', hostPID: false, enableServiceLinks: false, priority: 0 });
    expect(object).toEqual({ enableServiceLinks: false, priority: 0 });
    expect(decodeAs('V1ServicePort', { name: '', port: 0, nodePort: 0 }).object).toEqual({ port: 0 });
  });

  it('keeps what somebody applies, also when it is empty or cannot be read yet', () => {
    const config = { nodeName: '', hostPID: false, nodeSelector: {}, overhead: { cpu: 'lots', memory: '1024Ki' } };
    expect(decodeAs('V1PodSpec', config, 'configuration').object).toEqual({
      ...config,
      overhead: { cpu: 'lots', memory: '1Mi' },
    });
  });

  it('tells the whole message of an object that cannot be read', () => {
    expect(decodingMessage('v1', 'Deployment', 'strict decoding error: unknown field "spec.foo"')).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
    );
  });

  it('keeps anything under fields of any shape', () => {
    const crd = { spec: { versions: [{ schema: { openAPIV3Schema: { default: { a: null }, example: [1, 'x'] } } }] } };
    expect(decodeAs('V1CustomResourceDefinition', crd).object).toEqual(crd);
  });

  it('does not take members of objects’ prototypes for fields', () => {
    expect(decodeAs('V1Pod', { constructor: 1, toString: 2 }).unknownFields).toEqual(['constructor', 'toString']);
  });
});
