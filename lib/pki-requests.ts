// The certificate library decorates classes with metadata, which must be there before it is loaded.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { randomBytes } from 'node:crypto';
import type { KeyPair } from './pki.ts';

/** Certificates count from a little before now, so that clocks that are slightly behind accept them. */
const BACKDATE_MS = 5 * 60_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface RequestedCertificate {
  readonly usages: readonly ('client' | 'server')[];
  readonly nowMs: number;
  /** How long it is valid. */
  readonly seconds: number;
}

/** For whom a certificate is asked. */
export interface RequestedIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** Reads a PKCS#10 request (PEM). Throws an `Error` for what is none. */
export function readCertificateRequest(requestPem: string): RequestedIdentity {
  const { subjectName, extensions } = new x509.Pkcs10CertificateRequest(requestPem);
  const names = extensions
    .filter((one) => one instanceof x509.SubjectAlternativeNameExtension)
    .flatMap(({ names }) => names.items);
  const ofType = (type: x509.GeneralNameType) => names.filter((one) => one.type === type).map(({ value }) => value);
  return {
    commonName: subjectName.getField('CN').at(-1) ?? '',
    organizations: subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip'),
    emails: ofType('email'),
    uris: ofType('url'),
  };
}

/** Signs a PKCS#10 request (PEM) for the name and key that it carries; resolves with the certificate as PEM. Throws an `Error` for what is no valid request. */
export async function signCertificateRequest(
  ca: KeyPair,
  requestPem: string,
  { usages, nowMs, seconds }: RequestedCertificate,
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  if (!(await request.verify())) throw new Error('the signature of the request does not belong to its key');
  const issuer = new x509.X509Certificate(ca.cert);
  const key = x509.PemConverter.decodeFirst(ca.key);
  const names = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  const serial = randomBytes(16);
  // Positive, whatever the first bit was.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject: request.subject,
    issuer: issuer.subject,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + seconds * 1000),
    signingKey: await crypto.subtle.importKey('pkcs8', key, algorithm, false, ['sign']),
    publicKey: request.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(
        usages.map((usage) =>
          usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
        ),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names ? [names] : []),
    ],
  });
  const pem = certificate.toString('pem');
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
