import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { PortUse } from '../server-description.ts';

/** TCP_LISTEN in the kernel's socket tables. UDP sockets have no such state. */
const listening = '0A';

/** The inodes of the sockets that listen on a port, from Linux' socket tables. */
function socketsOn({ port, protocol }: PortUse): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const table of [protocol, `${protocol}6`]) {
    let rows: readonly string[];
    try {
      rows = readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1);
    } catch {
      continue;
    }
    for (const row of rows) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      const rowPort = Number.parseInt(local?.split(':')[1] ?? '', 16);
      if (rowPort === port && inode && (protocol === 'udp' || state === listening)) inodes.add(inode);
    }
  }
  return inodes;
}

function linksOf(pid: string): readonly string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((descriptor) => {
      try {
        return readlinkSync(`${folder}/${descriptor}`);
      } catch {
        return '';
      }
    });
  } catch {
    return []; // gone, or another user's
  }
}

/** Who listens on a port; undefined where the system does not tell, as for another user's processes. */
export function holderOfPort(use: PortUse): { readonly pid: number; readonly program: string } | undefined {
  const wanted = new Set([...socketsOn(use)].map((inode) => `socket:[${inode}]`));
  if (wanted.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!linksOf(pid).some((link) => wanted.has(link))) continue;
    try {
      return { pid: Number(pid), program: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
