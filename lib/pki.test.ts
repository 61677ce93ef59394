import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCa, createSigningKey, issueCertificate, writeKeyPair } from './pki.ts';

const nowMs = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

describe('certificates', () => {
  it('are signed by the authority and carry names, addresses and groups', async () => {
    const ca = await createCa('test-ca', nowMs);
    const pair = await issueCertificate(ca, {
      commonName: 'system:node:n1',
      organizations: ['system:nodes', 'others'],
      dnsNames: ['n1', 'kubernetes.default.svc'],
      ipAddresses: ['10.244.1.1'],
      usages: ['client', 'server'],
      nowMs,
    });
    const authority = new X509Certificate(ca.cert);
    const certificate = new X509Certificate(pair.cert);
    expect(authority.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
    expect(certificate.subject.split('\n')).toEqual(['O=system:nodes', 'O=others', 'CN=system:node:n1']);
    expect(certificate.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(certificate.checkIP('10.244.1.1')).toBe('10.244.1.1');
    expect(certificate.checkIP('10.244.1.2')).toBeUndefined();
    // Extended key usages: client and server authentication.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  });

  it('are valid from a little before now, a year long, and each has a serial of its own', async () => {
    const ca = await createCa('test-ca', nowMs);
    const options = { commonName: 'x', usages: ['client'], nowMs } as const;
    const [a, b] = [await issueCertificate(ca, options), await issueCertificate(ca, options)].map(
      ({ cert }) => new X509Certificate(cert),
    );
    expect(Date.parse(a?.validFrom ?? '')).toBe(nowMs - 5 * 60_000);
    expect(Date.parse(a?.validTo ?? '')).toBe(nowMs + 365 * DAY_MS);
    expect(a?.serialNumber).not.toBe(b?.serialNumber);
  });

  it('are written whole, keys readable by their owner only', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pki-'));
    const pair = await createCa('test-ca', nowMs);
    await writeKeyPair(pair, join(dir, 'pki', 'ca.crt'), join(dir, 'pki', 'ca.key'));
    await writeKeyPair(pair, join(dir, 'pki', 'ca.crt'), join(dir, 'pki', 'ca.key'));
    expect((await readdir(join(dir, 'pki'))).sort()).toEqual(['ca.crt', 'ca.key']);
    expect((await stat(join(dir, 'pki', 'ca.key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dir, 'pki', 'ca.key'), 'utf8')).toBe(pair.key);
    await rm(dir, { recursive: true });
  });

  it('come beside keys for signing tokens, P-256 in PKCS#8', async () => {
    const key = createPrivateKey(await createSigningKey());
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });
});
