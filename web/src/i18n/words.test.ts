import { describe, expect, it } from '@jest/globals';
import { en } from './en/index.ts';
import { vi } from './vi/index.ts';

type Tree = { readonly [key: string]: string | Tree };

/** Every text by its key, such as `lobby.form.title`. */
function texts(tree: Tree, path = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : texts(value, `${path}${key}.`),
  );
}
const placeholders = (text: string): string[] => (text.match(/\{\{\s*\w+\s*\}\}/g) ?? []).toSorted();

const english = new Map(texts(en));
const vietnamese = new Map(texts(vi));

describe('the words of the page', () => {
  it('are there in both languages, under the same keys', () => {
    expect([...vietnamese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it.each([...english.keys()])('%s names the same things in both', (key) => {
    expect(placeholders(vietnamese.get(key) ?? '')).toEqual(placeholders(english.get(key) ?? ''));
  });

  it.each([
    ['English', english],
    ['Vietnamese', vietnamese],
  ])('are never empty, and have no space at their ends, in %s', (_language, words) => {
    for (const [key, text] of words) expect([key, text.trim() || '(empty)']).toEqual([key, text]);
  });
});
