import type { RunningServer } from './running-server.ts';

interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

/** The processes of a stack, by the server they belong to. */
export class ServerSet {
  readonly #nodes: readonly Node[];
  readonly #processes = new Map<string, RunningServer[]>();

  /** `nodes`: the servers in start order. */
  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  add(server: string, process: RunningServer): void {
    this.#processes.set(server, [...(this.#processes.get(server) ?? []), process]);
  }

  /** The processes by their own names, in the order they were started. */
  byName(): ReadonlyMap<string, RunningServer> {
    return new Map([...this.#processes.values()].flat().map((process) => [process.name, process]));
  }

  /** Stops each server once those that need it have stopped; the rest side by side. */
  async stop(): Promise<void> {
    const stopped = new Map<string, Promise<void>>();
    for (const node of this.#nodes.toReversed()) {
      const dependents = this.#nodes.filter((other) => other.needs.includes(node.name));
      const earlier = dependents.map((other) => stopped.get(other.name));
      stopped.set(
        node.name,
        Promise.all(earlier).then(async () => {
          await Promise.all((this.#processes.get(node.name) ?? []).map((process) => process.stop()));
        }),
      );
    }
    await Promise.all(stopped.values());
  }

  async kill(): Promise<void> {
    await Promise.all([...this.byName().values()].map((process) => process.kill()));
  }
}
