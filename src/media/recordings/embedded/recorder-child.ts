import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromRecorder, ToRecorder } from './protocol.ts';

/** How much a recorder may say on standard error before the rest is forgotten. Characters. */
const MAX_SAID = 4_000;
/** Asked to stop, its files are whole within this, or it is killed. Milliseconds. */
const STOPS_WITHIN = 6_000;

type Reason = (FromRecorder & { type: 'ended' })['reason'];

export type RecorderChild = Readonly<{
  /** Resolves when it records; rejects when it ends before. */
  recording: Promise<void>;
  /** Why it ended; null when it was killed or failed. */
  ended: Promise<Reason | null>;
  /** What it said on standard error. */
  said(): string;
  stop(): void;
  pid: number | undefined;
}>;

/** Starts the recorder's process. Nothing of our environment but the way to ffmpeg is for it to know. */
export function startChild(start: ToRecorder & { type: 'start' }): RecorderChild {
  const child: ChildProcess = fork(join(import.meta.dirname, 'recorder-process.ts'), [], {
    env: { PATH: process.env['PATH'] ?? '' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A signal to our whole group, such as Ctrl-C, is for us; we tell it.
    detached: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-MAX_SAID);
  });
  let reason: Reason | null = null;
  const ended = new Promise<Reason | null>((resolve) => {
    child.once('exit', () => resolve(reason));
    child.once('error', () => resolve(null));
  });
  const recording = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromRecorder) => {
      if (message.type === 'recording') resolve();
      else reason = message.reason;
    });
    void ended.then(() => reject(new Error(`the recorder ended before it recorded: ${said}`)));
  });
  recording.catch(() => {});
  const send = (message: ToRecorder): void => {
    if (child.connected) child.send(message, () => {});
  };
  send(start);
  return {
    recording,
    ended,
    said: () => said,
    stop() {
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN);
      void ended.finally(() => clearTimeout(timer));
    },
    pid: child.pid,
  };
}
