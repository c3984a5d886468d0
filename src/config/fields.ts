import { z } from 'zod';
import { Secret } from './secret.ts';

/** Field types that environment variables are read with. Each message ends with what to write instead. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time such as `500ms`, `15s`, `2m`, `1h`; the config holds milliseconds. */
export const duration = (limits: { min: number; max: number }) =>
  z.string().transform((text, context) => {
    const match = /^(\d+)\s*(ms|s|m|h|d)$/.exec(text.trim());
    const amount = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
    if (Number.isNaN(amount)) {
      context.addIssue({
        code: 'custom',
        message: 'is not a length of time; write for example 500ms, 15s or 2m',
      });
      return z.NEVER;
    }
    if (amount < limits.min || amount > limits.max) {
      context.addIssue({
        code: 'custom',
        message: `must be between ${limits.min} ms and ${limits.max} ms`,
      });
      return z.NEVER;
    }
    return amount;
  });

/** So many in so long, such as `5/1m` or `10/1s`; the config holds the count and milliseconds. */
export const rate = () =>
  z.string().transform((text, context) => {
    const [, count = '', unit = ''] = /^([1-9]\d{0,6})\/(1s|1m|1h)$/.exec(text.trim()) ?? [];
    if (count === '') {
      context.addIssue({ code: 'custom', message: 'is not a rate; write for example 10/1s, 5/1m or 100/1h' });
      return z.NEVER;
    }
    return { points: Number(count), per: UNITS[unit.slice(1)] ?? Number.NaN };
  });

/** A MongoDB URL may name every host of a replica set, which the URL standard does not know: all but the first. */
const FURTHER_HOSTS = /^(mongodb:\/\/(?:[^@/?]*@)?[^,/?]*)(?:,[^,/?]+)+/i;

/** A URL with one of the given schemes, which comes out in lower case, without a trailing slash. */
export const url = (...schemes: string[]) =>
  z.string().transform((text, context) => {
    const parsed = URL.parse(text.replace(FURTHER_HOSTS, '$1'));
    if (!parsed || !schemes.includes(parsed.protocol.slice(0, -1))) {
      const example = `${schemes[0]}://host:port`;
      context.addIssue({
        code: 'custom',
        message: `must be a URL such as ${example} (${schemes.join(', ')})`,
      });
      return z.NEVER;
    }
    return text.replace(/^[a-z+]+/i, (scheme) => scheme.toLowerCase()).replace(/\/+$/, '');
  });

/** Such URLs, separated by commas. */
export const urls = (...schemes: string[]) => list().pipe(z.array(url(...schemes)));

/** A seed of NATS' keys: 58 characters in base32, of the kind that its first two tell. */
export const natsSeed = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${kind}[A-Z2-7]{56}$`), `must be a seed of NATS, ${kind} and 56 more characters`)
    .transform((text) => new Secret(text));

/** A secret of at least `minimum` characters. */
export const secret = (minimum: number) =>
  z
    .string()
    .min(minimum, `is too short: at least ${minimum} characters`)
    .transform((text) => new Secret(text));

/** A comma-separated list without blanks. */
export const list = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

/** An account or a contract of the chain; in lower case. */
export const address = () =>
  z
    .string()
    .regex(/^0x[\da-fA-F]{40}$/, 'must be an address, 0x and 40 hex digits')
    .transform((text) => text.toLowerCase());

/** RFC 7065. */
const TURN_URL = /^turns?:(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/i;

/** A comma-separated list of TURN servers' addresses. */
export const turnUrls = () =>
  list().refine((urls) => urls.every((text) => TURN_URL.test(text)), {
    error: 'must be addresses such as turn:host:3478 or turns:host:443?transport=tcp',
  });

const PORT = 'must be a port, from 1 to 65535';
export const port = () => z.coerce.number(PORT).int(PORT).min(1, PORT).max(65_535, PORT);

/** A whole number. */
export const count = ({ min, max }: { min: number; max: number }) => {
  const message = `must be a whole number, from ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
};

const RATIO = 'must be a share, from 0 to 1';
export const ratio = () => z.coerce.number(RATIO).min(0, RATIO).max(1, RATIO);
