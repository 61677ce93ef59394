import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import {
  createCa,
  createSigningKey,
  issueCertificate,
  writeKeyPair,
  writePrivateFile,
  type KeyPair,
  type LeafOptions,
} from '../../lib/pki.ts';
import { frontProxyName, logStoreService, systemNamespace } from '../../lib/names.ts';
import { newEncryptionConfig } from './encryption-config.ts';
import { gatewayOf, kubernetesServiceIP, linkAddress, logStoreServiceIP, nodeAddress } from './addresses.ts';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { pkiFiles, type KeyPairFiles } from './pki-files.ts';

/** Makes the certificates and keys of a cluster that are not there yet; those that are stay as they are. */
export async function ensureCredentials(home: ClusterHome, record: ClusterRecord, nowMs: number): Promise<void> {
  const files = pkiFiles(home.pki);
  const ca = await ensureCa(files.ca, `${record.name}-ca`, nowMs);
  const frontProxyCa = await ensureCa(files.frontProxyCa, `${record.name}-front-proxy-ca`, nowMs);
  const leaf = async (at: KeyPairFiles, options: Omit<LeafOptions, 'nowMs'>, issuer = ca) => {
    if (isThere(at)) return;
    const pair = await issueCertificate(issuer, { ...options, nowMs });
    await writeKeyPair(pair, at.cert, at.key);
  };
  await Promise.all([
    leaf(files.serving, servingCertificate(record)),
    leaf(files.admin, { commonName: 'admin', organizations: ['system:masters'], usages: ['client'] }),
    leaf(files.agentClient, {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    leaf(files.frontProxyClient, { commonName: frontProxyName, usages: ['client'] }, frontProxyCa),
    leaf(files.logStore, logStoreCertificate(record)),
    ...record.nodes.map((node) =>
      leaf(files.node(node.name), {
        commonName: `system:node:${node.name}`,
        organizations: ['system:nodes'],
        dnsNames: [node.name],
        ipAddresses: [
          nodeAddress(record.podSubnet, node.index),
          linkAddress(record.podSubnet, node.index),
          '127.0.0.1',
        ],
        usages: ['client', 'server'],
      }),
    ),
    ensureFile(files.serviceAccountKey, createSigningKey),
    ensureFile(files.encryption, async () => newEncryptionConfig(randomBytes(32))),
    ensureFile(files.logStoreApiKey, async () => randomBytes(32).toString('base64url')),
  ]);
}

function servingCertificate(record: ClusterRecord): Omit<LeafOptions, 'nowMs'> {
  return {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', ...serviceNames('kubernetes', 'default')],
    ipAddresses: ['127.0.0.1', gatewayOf(record.podSubnet), kubernetesServiceIP(record.serviceSubnet)],
    usages: ['server'],
  };
}

function logStoreCertificate(record: ClusterRecord): Omit<LeafOptions, 'nowMs'> {
  return {
    commonName: logStoreService.name,
    dnsNames: ['localhost', ...serviceNames(logStoreService.name, systemNamespace)],
    ipAddresses: ['127.0.0.1', logStoreServiceIP(record.serviceSubnet)],
    usages: ['server'],
  };
}

/** The names that a Service has in the cluster's DNS. */
function serviceNames(name: string, namespace: string): readonly string[] {
  return [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}

async function ensureCa(at: KeyPairFiles, commonName: string, nowMs: number): Promise<KeyPair> {
  if (isThere(at)) return { cert: readFileSync(at.cert, 'utf8'), key: readFileSync(at.key, 'utf8') };
  const pair = await createCa(commonName, nowMs);
  await writeKeyPair(pair, at.cert, at.key);
  return pair;
}

async function ensureFile(path: string, make: () => Promise<string>): Promise<void> {
  if (!existsSync(path)) await writePrivateFile(path, await make());
}

const isThere = (at: KeyPairFiles): boolean => existsSync(at.cert) && existsSync(at.key);
