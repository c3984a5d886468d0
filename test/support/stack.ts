/** The stack that `npm test` started, as test/run.ts describes it. */
type TestStack = Readonly<{
  outputs: Readonly<Record<string, string>>;
  stateDir: string;
  offset: number;
  /** The instances of the service, each at its own address. */
  instances: readonly string[];
  /** The environment of an instance, to start further ones with. */
  serviceEnv: Readonly<Record<string, string>>;
}>;

function read(): TestStack {
  const text = process.env['TEST_STACK'];
  if (!text) throw new Error('This test needs the stack: run it with `npm test -- <file>`.');
  return JSON.parse(text) as TestStack;
}

export const stack: TestStack = read();

/** An address that the stack's servers tell each other, such as `PUBLIC_URL`. */
export function output(name: string): string {
  const value = stack.outputs[name];
  if (value === undefined) throw new Error(`the stack has no ${name}`);
  return value;
}

/** The API through the gateway. */
export const api = `${output('PUBLIC_URL')}/api/realtime`;
/** The API at each instance, past the gateway. */
export const instanceApis = stack.instances.map((instance) => `${instance}/api/realtime`);
