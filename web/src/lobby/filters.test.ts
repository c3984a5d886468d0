import { describe, expect, it } from '@jest/globals';
import { asksForNew, filtersIn, isFiltered, searchWith, withNew, withoutFilters } from './filters.ts';

describe('what an address asks for', () => {
  it('is every filter that stands in it', () => {
    expect(filtersIn('?q=ti%E1%BA%BFng&topic=Travel&language=vi&hasSeats=true')).toEqual({
      q: 'tiếng',
      topic: 'Travel',
      language: 'vi',
      hasSeats: true,
    });
  });

  it.each(['', '?', '?q=&topic=&language=&hasSeats=', '?q=%20%20&hasSeats=false', '?other=1&new=1'])(
    'is nothing in %p',
    (search) => {
      expect(filtersIn(search)).toEqual({});
      expect(isFiltered(filtersIn(search))).toBe(false);
    },
  );

  it('is what the service would take: trimmed, no longer than it may be, languages in their usual spelling', () => {
    expect(filtersIn('?q=%20talk%20')).toEqual({ q: 'talk' });
    expect(filtersIn(`?q=${'a'.repeat(200)}`).q).toHaveLength(100);
    expect(filtersIn('?language=pt-br')).toEqual({ language: 'pt-BR' });
    expect(filtersIn('?language=not+one')).toEqual({});
  });
});

describe('the address', () => {
  it('changes in what is asked for, and in nothing else', () => {
    expect(searchWith('?new=1&q=talk', { language: 'vi' })).toBe('?new=1&q=talk&language=vi');
    expect(searchWith('?q=talk&language=vi', { q: undefined })).toBe('?language=vi');
    expect(searchWith('?q=talk', { q: '' })).toBe('');
  });

  it('loses all filters at once', () => {
    expect(withoutFilters('?q=a&topic=b&language=vi&hasSeats=true')).toBe('');
    expect(withoutFilters('?new=1&q=a')).toBe('?new=1');
  });

  it('opens and closes the dialog', () => {
    expect(withNew('?q=talk', true)).toBe('?q=talk&new=1');
    expect(asksForNew('?q=talk&new=1')).toBe(true);
    expect(withNew('?q=talk&new=1', false)).toBe('?q=talk');
    expect(asksForNew('?new=0')).toBe(false);
  });
});
