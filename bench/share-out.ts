/** Deals items out like cards, so that what stands together in the list is asked for at the same time. */
export function shareOut<T>(items: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => items.filter((_item, index) => index % hands === hand));
}
