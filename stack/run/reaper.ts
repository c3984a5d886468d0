import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A shell that holds the list of our process groups and ends them when our end of its pipe closes. That is
 * the one thing that happens however we die, `kill -9` included, and on every Unix. It lives in a session of
 * its own, so neither Ctrl-C nor a kill of our group reaches it. Groups get 10 s after SIGTERM.
 * (`kill -s`: Debian's sh takes no `--` after `kill -TERM`.)
 */
const script = `
trap '' HUP INT TERM PIPE
groups=' '
while read -r word group; do
  case $word in
    add) groups="$groups$group " ;;
    drop) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
tries=0
for group in $groups; do
  while kill -s 0 -- "-$group" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL -- "-$group" 2>/dev/null
done
`;

let shell: ChildProcess | undefined;

function reaper(): ChildProcess {
  if (shell) return shell;
  shell = spawn('/bin/sh', ['-c', script, 'realtime-stack-reaper'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a reaper the stack still stops by itself; only a kill -9 of it would leave something behind.
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  shell.unref();
  if (shell.stdin && 'unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return shell;
}

/** From now on this process group is ended when we are gone. */
export function adopt(group: number): void {
  reaper().stdin?.write(`add ${group}\n`);
}

/** The group has ended by itself; its number may belong to somebody else soon. */
export function release(group: number): void {
  reaper().stdin?.write(`drop ${group}\n`);
}
