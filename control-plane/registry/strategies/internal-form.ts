import type { ObjectMeta, PodTemplateSpec, ResourceClaimTemplate } from '../../../lib/kube/types.ts';

/**
 * Structures as upstream's messages print them: every member in this order, named as in its sources. Behind a name stands what is printed
 * where nothing is given: `""`, `0` or `false`; `null` where nothing stands; and behind a colon the structure that is the member, or an item of it.
 * Structures that are not listed are shown with the members that they have.
 */
const structures = {
  PodSpec: `Volumes:Volume InitContainers:Container Containers:Container EphemeralContainers:Container RestartPolicy=""
    TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy="" NodeSelector ServiceAccountName=""
    AutomountServiceAccountToken NodeName="" SecurityContext:PodSecurityContext ImagePullSecrets Hostname="" Subdomain=""
    SetHostnameAsFQDN Affinity SchedulerName="" Tolerations:Toleration HostAliases PriorityClassName="" Priority
    PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints OS
    SchedulingGates ResourceClaims Resources:Resources HostnameOverride SchedulingGroup`,
  PodSecurityContext: `HostNetwork=false HostPID=false HostIPC=false ShareProcessNamespace HostUsers SELinuxOptions
    WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup
    FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy`,
  Container: `Name="" Image="" Command Args WorkingDir="" Ports:Port EnvFrom:EnvFrom Env:Env Resources:Resources
    ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts:VolumeMount VolumeDevices LivenessProbe:Probe
    ReadinessProbe:Probe StartupProbe:Probe Lifecycle:Lifecycle TerminationMessagePath="" TerminationMessagePolicy=""
    ImagePullPolicy="" SecurityContext:SecurityContext Stdin=false StdinOnce=false TTY=false`,
  SecurityContext: `Capabilities:Capabilities Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot
    ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile`,
  Capabilities: 'Add Drop',
  Resources: 'Limits Requests Claims',
  Port: 'Name="" HostPort=0 ContainerPort=0 Protocol="" HostIP=""',
  EnvFrom: 'Prefix="" ConfigMapRef:OptionalName SecretRef:OptionalName',
  OptionalName: 'Name="" Optional',
  Env: 'Name="" Value="" ValueFrom:EnvSource',
  EnvSource: 'FieldRef:FieldRef ResourceFieldRef ConfigMapKeyRef:OptionalKey SecretKeyRef:OptionalKey FileKeyRef',
  FieldRef: 'APIVersion="" FieldPath=""',
  OptionalKey: 'Name="" Key="" Optional',
  VolumeMount: 'Name="" ReadOnly=false RecursiveReadOnly MountPath="" SubPath="" MountPropagation SubPathExpr=""',
  Probe: `Exec:Exec HTTPGet:HTTPGet TCPSocket:TCPSocket GRPC InitialDelaySeconds=0 TimeoutSeconds=0 PeriodSeconds=0
    SuccessThreshold=0 FailureThreshold=0 TerminationGracePeriodSeconds`,
  Lifecycle: 'PostStart:Handler PreStop:Handler StopSignal',
  Handler: 'Exec:Exec HTTPGet:HTTPGet TCPSocket:TCPSocket Sleep',
  Exec: 'Command',
  HTTPGet: 'Path="" Port=0 Host="" Scheme="" HTTPHeaders',
  TCPSocket: 'Port=0 Host=""',
  Taint: 'Key="" Value="" Effect="" TimeAdded',
  FailurePolicy: 'Rules:FailureRule',
  FailureRule: 'Action="" OnExitCodes:ExitCodes OnPodConditions:PodCondition',
  ExitCodes: 'ContainerName Operator="" Values',
  PodCondition: 'Type="" Status=""',
  SuccessPolicy: 'Rules:SuccessRule',
  SuccessRule: 'SucceededIndexes SucceededCount',
  Toleration: 'Key="" Operator="" Value="" Effect="" TolerationSeconds',
  Volume: `Name="" HostPath EmptyDir:EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs
    PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap:ConfigMapVolume
    VsphereVolume AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image`,
  AttachmentSpec: 'Attacher="" Source:AttachmentSource NodeName=""',
  AttachmentSource: 'PersistentVolumeName InlineVolumeSpec',
  NodeAddress: 'Type="" Address=""',
  PodIP: 'IP=""',
  ParentReference: 'Group="" Resource="" Namespace="" Name=""',
  CSINodeDriver: 'Name="" NodeID="" TopologyKeys Allocatable',
  ClaimSpec: 'Devices:DeviceClaim',
  DeviceClaim: 'Requests:DeviceRequest Constraints:DeviceConstraint Config:DeviceConfig',
  DeviceRequest: 'Name="" Exactly:ExactRequest FirstAvailable:Alternative',
  ExactRequest: `DeviceClassName="" Selectors:DeviceSelector AllocationMode="" Count=0 AdminAccess Tolerations:Toleration
    Capacity:CapacityRequirements`,
  Alternative: `Name="" DeviceClassName="" Selectors:DeviceSelector AllocationMode="" Count=0 Tolerations:Toleration
    Capacity:CapacityRequirements`,
  DeviceSelector: 'CEL:CELSelector',
  CELSelector: 'Expression=""',
  CapacityRequirements: 'Requests',
  DeviceConstraint: 'Requests MatchAttribute DistinctAttribute',
  DeviceConfig: 'Requests Opaque:OpaqueConfig',
  OpaqueConfig: 'Driver="" Parameters',
  AllocatedDevice: 'Driver="" Pool="" Device="" ShareID=""',
  EmptyDir: 'Medium="" SizeLimit',
  ConfigMapVolume: 'Name="" Items DefaultMode Optional',
} as const;

type Structure = keyof typeof structures;

/** Structures that are part of another and never missing. */
const alwaysThere: ReadonlySet<string> = new Set(['Container.Resources', 'AttachmentSpec.Source', 'ClaimSpec.Devices']);

/** Members of a pod's specification that upstream's sources keep in its security context. */
const ofSecurityContext = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

type Members = Readonly<Record<string, unknown>>;

interface Member {
  readonly name: string;
  readonly published: string;
  readonly absent: unknown;
  readonly structure: Structure | undefined;
}

/** A template as upstream shows it in a message. */
export function internalPodTemplate({ metadata, spec }: PodTemplateSpec): object {
  return { ...saidOf(metadata), Spec: internalForm('PodSpec', withSecurityContext(spec ?? {})) };
}

/** The same of a template for claims. */
export function internalClaimTemplate({ metadata, spec }: Partial<ResourceClaimTemplate['spec']>): object {
  return { ...saidOf(metadata), Spec: internalForm('ClaimSpec', spec ?? {}) };
}

/** Metadata is shown as JSON has it, without what is empty. */
function saidOf(metadata: ObjectMeta = {}): object {
  return Object.fromEntries(
    Object.entries(metadata).filter(([, value]) => typeof value !== 'object' || Object.keys(value).length > 0),
  );
}

function withSecurityContext(spec: Members): Members {
  const moved = Object.fromEntries(
    ofSecurityContext.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]),
  );
  const own = spec['securityContext'] as Members | undefined;
  return own || Object.keys(moved).length > 0 ? { ...spec, securityContext: { ...moved, ...own } } : spec;
}

/** A structure as upstream shows it in a message, or a list of such; what is none stays as it is. */
export function internalForm(structure: Structure | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => internalForm(structure, item));
  if (structure === undefined || typeof value !== 'object' || value === null) return value;
  const given = value as Members;
  return Object.fromEntries(
    membersOf(structure).map(({ name, published, absent, structure: inner }) => {
      const member = given[published] ?? (alwaysThere.has(`${structure}.${name}`) ? {} : undefined);
      return [name, member === undefined ? absent : internalForm(inner, member)];
    }),
  );
}

const parsed = new Map<Structure, readonly Member[]>();

function membersOf(structure: Structure): readonly Member[] {
  const known = parsed.get(structure);
  if (known) return known;
  const members = structures[structure].split(/\s+/).map((text): Member => {
    const [, name = '', absent, inner] = /^(\w+)(?:=(.*))?(?::(\w+))?$/.exec(text) ?? [];
    const value: unknown = absent === undefined ? null : JSON.parse(absent);
    return { name, published: publishedName(name), absent: value, structure: inner as Structure | undefined };
  });
  parsed.set(structure, members);
  return members;
}

/** `DNSPolicy` → `dnsPolicy`. */
function publishedName(name: string): string {
  if (name === 'CephFS' || name === 'StorageOS') return name.toLowerCase();
  return name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
}
