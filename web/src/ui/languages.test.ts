import { describe, expect, it } from '@jest/globals';
import { languageOptions } from './languages.ts';

describe('the languages that are offered', () => {
  it('are named in the language of the reader, whose own stands first', () => {
    expect(languageOptions('en')[0]).toEqual({ tag: 'en', name: 'English' });
    expect(languageOptions('vi')[0]).toEqual({ tag: 'vi', name: 'Tiếng Việt' });
    expect(languageOptions('vi')).toContainEqual({ tag: 'ja', name: 'Tiếng Nhật' });
  });

  it('are in the order of their names', () => {
    const names = languageOptions('en')
      .slice(1)
      .map(({ name }) => name);
    expect(names).toEqual(names.toSorted(new Intl.Collator('en').compare));
  });

  it('are each there once, the one that is needed among them', () => {
    const tags = (also?: string) => languageOptions('en', also).map(({ tag }) => tag);
    expect(tags('eo')).toContain('eo');
    expect(tags('vi')).toEqual(tags());
    expect(new Set(tags()).size).toBe(tags().length);
  });
});
