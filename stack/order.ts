import { StackError } from './stack-error.ts';

interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

/**
 * Sorts servers so that each stands after everything it needs. Needs that are not in the list are skipped:
 * they run elsewhere, or were left out on purpose.
 * @throws StackError naming the servers of a cycle, in order.
 */
export function startOrder<T extends Node>(nodes: readonly T[]): readonly T[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<T>();
  const visit = (node: T, path: readonly string[]): void => {
    if (done.has(node)) return;
    const at = path.indexOf(node.name);
    if (at >= 0) {
      throw new StackError(
        `servers need each other in a circle: ${[...path.slice(at), node.name].join(' → ')}`,
      );
    }
    for (const need of node.needs) {
      const needed = byName.get(need);
      if (needed) visit(needed, [...path, node.name]);
    }
    done.add(node);
  };
  for (const node of nodes) visit(node, []);
  return [...done];
}

/**
 * Picks the servers to start: `only` (and what those need) when given, else all; then less `without`.
 * @throws StackError for a name that no server has.
 */
export function selectServers<T extends Node>(
  all: readonly T[],
  only: readonly string[] | undefined,
  without: readonly string[] = [],
): readonly T[] {
  const byName = new Map(all.map((node) => [node.name, node]));
  for (const name of [...(only ?? []), ...without]) {
    if (!byName.has(name)) {
      throw new StackError(`there is no server "${name}"; there are ${[...byName.keys()].join(', ')}`);
    }
  }
  const wanted = new Set<string>();
  const want = (name: string): void => {
    if (wanted.has(name) || without.includes(name)) return;
    wanted.add(name);
    for (const need of byName.get(name)?.needs ?? []) want(need);
  };
  for (const name of only ?? byName.keys()) want(name);
  return startOrder(all.filter((node) => wanted.has(node.name)));
}
