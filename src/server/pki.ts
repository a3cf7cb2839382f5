// A certificate authority for one served world: it lives as long as the process, and so do the certificates that it makes.
import 'reflect-metadata';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, Pkcs10CertificateRequest, SubjectAlternativeNameExtension, X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonName } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** As kubeadm: ten years for the authority, one for what it signs. */
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;
/** Clocks of clients may be behind. */
const SKEW_MS = 300_000;

/** Texts in PEM. */
export interface Pair { readonly certificate: string; readonly key: string }
export interface Person { readonly name: string; readonly groups: readonly string[] }

export class Authority {
  /** In PEM. */
  readonly certificate: string;
  private readonly keys: CryptoKeyPair;
  private readonly subject: string;

  private constructor(certificate: string, keys: CryptoKeyPair, subject: string) {
    this.certificate = certificate;
    this.keys = keys;
    this.subject = subject;
  }

  static async create(): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=kubernetes', keys, signingAlgorithm: ALGORITHM, ...lasting(AUTHORITY_DAYS),
      extensions: [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign, true)],
    });
    return new Authority(certificate.toString('pem'), keys, certificate.subject);
  }

  /** For a server that is reached by these names and addresses. */
  async issueServing(hosts: readonly string[]): Promise<Pair> {
    const names = new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' as const : 'ip' as const, value })));
    return this.issue([{ CN: ['kube-apiserver'] }], [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]), names]);
  }

  /** For a client: its name and the groups it is in, as the API server reads them. */
  async issueClient({ name, groups }: Person): Promise<Pair> {
    return this.issue([...groups.map((group) => ({ O: [group] })), { CN: [name] }], [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);
  }

  /** Signs what a client asks for (PEM); the key stays with it. Rejects when it is no request or its signature is wrong. */
  async sign(request: string, seconds: number): Promise<string> {
    const asked = new Pkcs10CertificateRequest(request);
    if (!await asked.verify()) throw new Error('the signature of the request is wrong');
    return this.certify(asked.subjectName.toJSON(), await asked.publicKey.export(), seconds / (DAY_MS / 1000), [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);
  }

  private async issue(subject: JsonName, extensions: readonly Extension[]): Promise<Pair> {
    const keys = await newKeys();
    const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    return { certificate: await this.certify(subject, keys.publicKey, CERTIFICATE_DAYS, extensions), key: `-----BEGIN PRIVATE KEY-----\n${key.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n` };
  }

  private async certify(subject: JsonName, publicKey: CryptoKey, days: number, extensions: readonly Extension[]): Promise<string> {
    const usages = new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true);
    const certificate = await X509CertificateGenerator.create({
      subject, issuer: this.subject, publicKey, signingKey: this.keys.privateKey, signingAlgorithm: ALGORITHM, ...lasting(days),
      extensions: [usages, new BasicConstraintsExtension(false, undefined, true), ...extensions],
    });
    return `${certificate.toString('pem')}\n`;
  }
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function lasting(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - SKEW_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}
