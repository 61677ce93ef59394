import { group, meta, namespaced, type BaseObject } from './base-object.ts';

const devices = {
  requests: [
    {
      name: 'gpu',
      exactly: {
        deviceClassName: 'gpu.example.com',
        selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].cores > 2' } }],
        allocationMode: 'ExactCount',
        count: 1,
        tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' }],
      },
    },
    { name: 'either', firstAvailable: [{ name: 'big', deviceClassName: 'big.example.com', allocationMode: 'All' }] },
  ],
  constraints: [{ requests: ['gpu'], matchAttribute: 'gpu.example.com/numa' }],
  config: [{ requests: ['gpu'], opaque: { driver: 'gpu.example.com', parameters: { a: 1 } } }],
};

export const deviceObjects: Readonly<Record<string, BaseObject>> = {
  DeviceClass: {
    path: `${group('resource.k8s.io')}/deviceclasses`,
    object: {
      metadata: meta('verdict.example.com'),
      spec: {
        selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }],
        config: [{ opaque: { driver: 'gpu.example.com', parameters: { a: 1 } } }],
        extendedResourceName: 'example.com/gpu',
      },
    },
  },
  ResourceClaim: {
    path: `${namespaced('resource.k8s.io')}/resourceclaims`,
    object: { metadata: meta('verdict'), spec: { devices } },
  },
  ResourceClaimTemplate: {
    path: `${namespaced('resource.k8s.io')}/resourceclaimtemplates`,
    object: { metadata: meta('verdict'), spec: { metadata: { labels: { app: 'web' } }, spec: { devices } } },
  },
  ResourceSlice: {
    path: `${group('resource.k8s.io')}/resourceslices`,
    object: {
      metadata: meta('verdict'),
      spec: {
        driver: 'gpu.example.com',
        nodeName: 'node-1',
        pool: { name: 'node-1', generation: 1, resourceSliceCount: 1 },
        devices: [
          {
            name: 'gpu-0',
            attributes: {
              cores: { int: 4 },
              model: { string: 'x' },
              'gpu.example.com/fast': { bool: true },
              driver: { version: '1.2.3' },
            },
            capacity: { memory: { value: '16Gi' } },
          },
        ],
      },
    },
  },
  VolumeAttributesClass: {
    path: `${group('storage.k8s.io')}/volumeattributesclasses`,
    object: { metadata: meta('verdict'), driverName: 'disk.example.com', parameters: { iops: '100' } },
  },
  IPAddress: {
    path: `${group('networking.k8s.io')}/ipaddresses`,
    object: {
      metadata: { name: '10.96.77.77' },
      spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'verdict' } },
    },
  },
};
