import { constants, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

/** A key pair as a realm has one, and JWTs signed with it. */
export type SigningPair = Readonly<{
  kid: string;
  /** As the realm publishes it. */
  jwk: JsonWebKey;
  /** @param header may name another algorithm that the key can sign with, which then does */
  jwt(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string;
}>;

const ALGORITHMS = ['RS256', 'RS512', 'PS256', 'ES256', 'ES384'] as const;
type Algorithm = (typeof ALGORITHMS)[number];
const isAlgorithm = (name: unknown): name is Algorithm => ALGORITHMS.some((known) => known === name);

export function newSigningPair(kid: string, algorithm: Algorithm = 'RS256'): SigningPair {
  const { publicKey, privateKey } = algorithm.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
    : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return {
    kid,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    jwt(claims, header = {}) {
      const input = `${encode({ typ: 'JWT', kid, alg: algorithm, ...header })}.${encode(claims)}`;
      const signed = isAlgorithm(header['alg']) ? header['alg'] : algorithm;
      return `${input}.${signature(signed, privateKey, input).toString('base64url')}`;
    },
  };
}

function signature(algorithm: Algorithm, key: KeyObject, input: string): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(input);
  if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm.startsWith('RS')) return sign(hash, data, key);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
