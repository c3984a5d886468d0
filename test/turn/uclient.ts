import { spawn } from 'node:child_process';
import { findOnPath } from '../../stack/install/on-path.ts';
import { output } from '../support/stack.ts';

/** Enough for three messages each way and the client's own pauses; a refused one ends at once. Milliseconds. */
const DEADLINE = 25_000;

/**
 * Opens two relays with coturn's own client, and sends three messages each way from one to the other.
 * @returns its exit code and all that it said
 */
export async function relay(
  { username, credential }: Readonly<{ username: string; credential: string }>,
  ...options: readonly string[]
): Promise<{ code: number | null; said: string }> {
  const program = findOnPath('turnutils_uclient', process.env);
  if (program === undefined) throw new Error('coturn is installed without turnutils_uclient');
  const [, host = '', port = ''] = /^turn:([^:?]+):(\d+)/.exec(output('TURN_URLS')) ?? [];
  const toEachOther = options.includes('-e') ? [] : ['-y'];
  const args = ['-p', port, '-u', username, '-w', credential, '-n', '3', '-m', '1', '-c', ...toEachOther];
  const child = spawn(program, [...args, ...options, host], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}
