// Runs one of our TypeScript files on the Node that package.json pins, whatever Node the machine has:
//
//   node stack/bootstrap.mjs <script.ts> [arguments…]
//
// Installs the npm packages first when they are missing or not those of package-lock.json. This file alone
// must stay plain JavaScript for old versions of Node, and must not import any package.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestNode = 18;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'node_modules', '.realtime-lock');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
/** npm passes on a Ctrl-C that the terminal delivered too; within this time it is the same one. */
const sameKeystrokeMs = 400;

/** @param {string} line @returns {never} */
function fail(line) {
  console.error(line);
  process.exit(1);
}

function wantedHash() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

/** Whether npm's own record of node_modules has what package-lock.json asks for, after an `npm install`. */
function npmAgrees() {
  try {
    const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8')).packages;
    const present = read('node_modules', '.package-lock.json');
    return Object.entries(read('package-lock.json')).every(
      ([path, locked]) => path === '' || locked.optional || present[path]?.version === locked.version,
    );
  } catch {
    return false;
  }
}

function isInstalled() {
  if (!existsSync(node)) return false;
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wantedHash()) return true;
  if (!npmAgrees()) return false;
  writeFileSync(marker, wantedHash());
  return true;
}

/** @param {string} npm @param {string[]} args */
function npmDoes(npm, args) {
  const child = spawn(npm, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Runs `npm ci`, with one line of progress. */
async function install() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (spawnSync(npm, ['--version'], { stdio: 'ignore' }).status !== 0) {
    fail('npm is not on the PATH; install Node.js with npm (Debian: sudo apt-get install -y nodejs npm)');
  }
  const begin = Date.now();
  const seconds = () => `${Math.round((Date.now() - begin) / 1000)} s`;
  const isTerminal = process.stdout.isTTY;
  const show = () => {
    if (isTerminal) process.stdout.write(`\r\x1b[Kinstalling npm packages (${seconds()})`);
    else console.log(`still installing npm packages (${seconds()})`);
  };
  console.log('installing npm packages');
  const timer = setInterval(show, isTerminal ? 1000 : 20_000);
  let { code, output } = await npmDoes(npm, ['ci']);
  // Locked on another platform (see complete-lock.ts): the same versions, without that check.
  if (code !== 0 && output.includes('EUSAGE'))
    ({ code, output } = await npmDoes(npm, ['install', '--no-save']));
  clearInterval(timer);
  if (isTerminal) process.stdout.write('\r\x1b[K');
  if (code !== 0)
    fail(
      `${output.trim().split('\n').slice(-15).join('\n')}\nnpm ci failed (see above); then run this again`,
    );
  if (!existsSync(node)) {
    fail(
      'npm ci left no Node 24: the install script of the package "node" did not run. Try: npm rebuild node',
    );
  }
  writeFileSync(marker, wantedHash());
  console.log(`installed npm packages (${seconds()})`);
}

/** Runs the script in our place: its signals, its output, its exit code. */
function run(script, args) {
  const child = spawn(node, [script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, REALTIME_BOOTSTRAP_PID: String(process.pid) },
  });
  let last = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // At a terminal, Ctrl-C goes to the whole foreground group: the script has it already.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      if (Date.now() - last < sameKeystrokeMs) return;
      last = Date.now();
      child.kill(signal);
    });
  }
  // Killed with -9, npm passes nothing on; then nobody is left whom we would work for.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) {
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch); // once: a second signal would mean "at once"
      child.kill('SIGTERM');
    }, 1000);
    watch.unref();
  }
  child.once('error', (error) => fail(`Node 24 in node_modules does not start: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

const [script, ...args] = process.argv.slice(2);
if (!script) fail('usage: node stack/bootstrap.mjs <script.ts> [arguments]');
if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  fail(`Node ${process.versions.node} is too old even to install Node 24: ${oldestNode} or newer is needed`);
}
if (!isInstalled()) await install();
run(join(root, script), args);
