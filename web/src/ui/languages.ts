import { languageName } from './words.ts';

/** Languages that people are offered, besides any that a room has already. BCP 47. */
const OFFERED = [
  ...['am', 'ar', 'bg', 'bn', 'cs', 'da', 'de', 'el', 'en', 'es', 'fa', 'fi', 'fil', 'fr', 'he', 'hi', 'hr'],
  ...[
    'hu',
    'id',
    'it',
    'ja',
    'km',
    'ko',
    'lo',
    'ms',
    'my',
    'nb',
    'ne',
    'nl',
    'pl',
    'pt',
    'pt-BR',
    'ro',
    'ru',
  ],
  ...['sk', 'sr', 'sv', 'sw', 'ta', 'th', 'tr', 'uk', 'ur', 'vi', 'zh'],
];

/** Each language with its name in the reader's language, the reader's own first, then by name. */
export function languageOptions(reader: string, also?: string | null): { tag: string; name: string }[] {
  const byName = new Intl.Collator(reader);
  return [...new Set([...OFFERED, ...(also ? [also] : [])])]
    .map((tag) => ({ tag, name: capital(languageName(tag, reader), reader) }))
    .sort((a, b) => Number(b.tag === reader) - Number(a.tag === reader) || byName.compare(a.name, b.name));
}

/** Some languages write the names of languages small; in a list they begin large. */
const capital = (name: string, reader: string): string =>
  name.charAt(0).toLocaleUpperCase(reader) + name.slice(1);
