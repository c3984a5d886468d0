import type { TFunction } from 'i18next';
import type { FailureCode } from '../api/api-error.ts';
import { en } from '../i18n/en/index.ts';

const isKnown = (code: string): code is keyof typeof en.errors => code in en.errors;

/**
 * A sentence for what went wrong, in the reader's language.
 * @param code the service's, or one of the page's own doors
 */
export function sentenceFor(t: TFunction, code: FailureCode | (string & {})): string {
  return t(`errors.${isKnown(code) ? code : 'UNKNOWN'}`, { code });
}

/** A language's name in the reader's language: `vi` is Vietnamese. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
