/**
 * In which order people stand in the grid. Nobody moves while all fit on one page. When they do not, whoever speaks
 * comes onto the first page, in the place of the last there who is silent; everybody else stays.
 *
 * @param before the order until now, as keys
 * @param all who is there now
 * @param isSpeaking of a key
 */
export function inGridOrder(
  before: readonly string[],
  all: readonly string[],
  perPage: number,
  isSpeaking: (key: string) => boolean,
): string[] {
  const order = [...before.filter((key) => all.includes(key)), ...all.filter((key) => !before.includes(key))];
  for (const [place, key] of order.entries()) {
    if (place < perPage || !isSpeaking(key)) continue;
    const silent = order.slice(0, perPage).findLastIndex((one) => !isSpeaking(one));
    const other = order[silent];
    if (other === undefined) break;
    order[silent] = key;
    order[place] = other;
  }
  return order;
}
