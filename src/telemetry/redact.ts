import { Secret } from '../config/index.ts';

const HIDDEN = '[secret]';
/** Names whose value is hidden whatever it holds. */
const SENSITIVE_NAME =
  /authorization|cookie|password|passwd|secret|credential|api[-_]?key|(^|[-_])token$|[a-z]Token$|^jwt$/i;
/** A JWT, wherever it stands in a text: base64url of `{"…` with at least one more part. */
const JWT = /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g;
/** The password of a URL. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+@/gi;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
/** Deeper than this nothing is worth reading in a log line, and cycles end here. */
const MAX_DEPTH = 6;

/** A text without the secrets that can be told by their shape. */
export function redactText(text: string): string {
  return text.replace(JWT, HIDDEN).replace(URL_PASSWORD, `$1${HIDDEN}@`).replace(BEARER, `$1 ${HIDDEN}`);
}

/**
 * A copy of `value` that is safe to log: secrets hidden by type (`Secret`), by the name they stand under, and
 * by their shape inside any text. Errors become `{name, code, message, stack, cause}`.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  if (value instanceof Secret) return HIDDEN;
  if (value instanceof Date) return value.toJSON();
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value))
    copy[name] = SENSITIVE_NAME.test(name) ? HIDDEN : redact(entry, depth + 1);
  return copy;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error ? { code: redact(error.code, depth + 1) } : {};
  return {
    name: error.name,
    ...code,
    message: redactText(error.message),
    stack: error.stack === undefined ? undefined : redactText(error.stack),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
