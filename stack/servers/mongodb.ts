import { basename, dirname, join } from 'node:path';
import { cargoProgram } from '../install/cargo.ts';
import { either, firstOf } from '../install/installation.ts';
import { onPath } from '../install/on-path.ts';
import { pipProgram } from '../install/pip.ts';
import { cmake } from '../install/system-tool.ts';
import { tcpReady } from '../run/probe.ts';
import { type ProcessPlan, type ServerDescription, type Setting, tcp } from '../server-description.ts';

const replicaSet = 'rs0';

const inRust = cargoProgram({
  name: 'secantusd-rs',
  crate: 'secantus-mdb',
  version: '0.5.3-beta.196',
  rust: 97,
  tools: [cmake],
});

/**
 * SecantusDB in Python is there in seconds. `STACK_STORE=compiled` takes the one in Rust, three times as fast, where a
 * Rust is installed that compiles it, which takes some minutes once.
 */
const secantusdb = either({
  title: 'SecantusDB',
  isWanted: async (env) => env['STACK_STORE'] === 'compiled' && (await inRust.canBeHad(env)),
  first: inRust,
  second: pipProgram({
    name: 'secantusdb',
    project: 'SecantusDB',
    version: '0.7.0b3',
    script: 'secantusd-py',
  }),
});

/** A replica set of one, which is what transactions and change streams ask for. */
async function initiateReplicaSet(port: number): Promise<void> {
  const { mongo } = await import('mongoose');
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true&serverSelectionTimeoutMS=10000`;
  const client = await mongo.MongoClient.connect(url);
  try {
    const admin = client.db('admin');
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
    await admin.command({ replSetInitiate: { _id: replicaSet, members } }).catch((error: unknown) => {
      if (!(error instanceof mongo.MongoServerError && error.codeName === 'AlreadyInitialized')) throw error;
    });
    const deadline = performance.now() + 20_000;
    while (!(await admin.command({ hello: 1 }))['isWritablePrimary']) {
      if (performance.now() > deadline) throw new Error('mongod did not become primary within 20 s');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await client.close();
  }
}

function realMongod({ program, folder, port }: Setting): ProcessPlan {
  const at = port('mongodb');
  return {
    name: 'mongodb',
    command: program,
    args: ['--port', `${at}`, '--bind_ip', '127.0.0.1', '--dbpath', folder, '--replSet', replicaSet],
    ready: tcpReady(at),
    readyWithinMs: 30_000,
    graceMs: 15_000,
    afterReady: () => initiateReplicaSet(at),
  };
}

/** Speaks MongoDB's protocol over its storage engine, and announces itself as a replica set of one. */
function secantus({ program, folder, port }: Setting): ProcessPlan {
  const at = port('mongodb');
  const options = ['--host', '127.0.0.1', '--port', `${at}`, '--sync-on-commit', '--storage-path'];
  const how =
    basename(program) === 'secantusd-rs'
      ? {
          command: program,
          args: [...options, join(folder, 'secantus-rs'), '--log-file-max', '16MB', '--cache-size', '1G'],
        }
      : // By way of the interpreter: the script's first line names the folder it was first installed in.
        { command: join(dirname(program), 'python'), args: [program, ...options, join(folder, 'secantus')] };
  return {
    name: 'mongodb',
    ...how,
    cwd: folder,
    ready: tcpReady(at),
    readyWithinMs: 30_000,
    graceMs: 10_000,
  };
}

/** `mongod` when somebody installed it; no registry has it, so else SecantusDB. */
export const mongodb: ServerDescription = {
  name: 'mongodb',
  needs: [],
  givenBy: 'MONGO_URL',
  ports: (place) => [tcp(place.port('mongodb'))],
  outputs: (place) => ({
    MONGO_URL: `mongodb://127.0.0.1:${place.port('mongodb')}/realtime?directConnection=true`,
  }),
  installation: firstOf(onPath('mongod'), secantusdb),
  processes: async (setting) => [
    basename(setting.program) === 'mongod' ? realMongod(setting) : secantus(setting),
  ],
};
