import { z } from 'zod';
import { withDeadline } from '../timers.ts';
import { defineRoute, type Route } from './route.ts';

/** A probe that takes longer counts as down. Milliseconds. */
const PROBE_DEADLINE = 1_500;
/** Probes come from the gateway, the orchestrator and people at once; one round serves them all. Milliseconds. */
const ANSWER_HOLDS = 500;

/** Something that we depend on. Without a `needed` one no request can be served. */
export type Dependency = Readonly<{ name: string; needed(): boolean; probe(): Promise<unknown> }>;

const status = z.enum(['UP', 'DOWN']);
const component = z.object({
  status,
  needed: z.boolean(),
  latencyMs: z.number().meta({ description: 'How long the probe took.' }),
});
const liveness = z.object({ status }).meta({ id: 'Liveness' });
const readiness = z.object({ status, components: z.record(z.string(), component) }).meta({ id: 'Readiness' });
const info = z
  .object({
    name: z.string(),
    version: z.string(),
    commit: z.string(),
    instance: z.string(),
    uptimeSeconds: z.number(),
    chain: z
      .object({ contract: z.string().meta({ description: 'The address of MeetingRooms.' }) })
      .optional()
      .meta({ description: 'Present where rooms can be joined by their contract.' }),
  })
  .meta({ id: 'Info' });

type Readiness = z.output<typeof readiness>;

/**
 * Health as Spring's Actuator has it (spec/1-realtime.md).
 *
 * @param deps.stopping true once the service is shutting down: not ready any more, still alive
 */
export function healthRoutes(deps: {
  dependencies: readonly Dependency[];
  stopping: () => boolean;
  info: Readonly<{
    name: string;
    version: string;
    commit: string;
    instance: string;
    chain?: Readonly<{ contract: string }> | undefined;
  }>;
}): Route[] {
  let held: { at: number; answer: Promise<Readiness> } | null = null;
  const ready = (): Promise<Readiness> => {
    if (!held || performance.now() - held.at > ANSWER_HOLDS)
      held = { at: performance.now(), answer: probeAll(deps.dependencies) };
    return held.answer;
  };
  const started = performance.now();
  const both = {
    200: { description: 'Up.', schema: readiness },
    503: {
      description: 'A dependency that is needed is down, or the service is stopping.',
      schema: readiness,
    },
  };
  const readyAnswer = async () => {
    const { status: probed, components } = await ready();
    // Not held: who asks must know at once, to send nothing more.
    const answer: Readiness = { status: deps.stopping() ? 'DOWN' : probed, components };
    return { status: answer.status === 'UP' ? 200 : 503, body: answer };
  };
  const readinessRoute = (path: string, summary: string) =>
    defineRoute({
      method: 'get',
      path,
      tag: 'Health',
      summary,
      access: 'public',
      answers: both,
      problems: [],
      handle: readyAnswer,
    });
  return [
    defineRoute({
      method: 'get',
      path: '/health/live',
      tag: 'Health',
      summary: 'Is the process alive?',
      access: 'public',
      answers: { 200: { description: 'It is.', schema: liveness } },
      problems: [],
      handle: async () => ({ status: 200, body: { status: 'UP' } }),
    }),
    readinessRoute('/health/ready', 'Can it serve? Each dependency by name.'),
    readinessRoute('/health', 'Alive and ready, in one.'),
    defineRoute({
      method: 'get',
      path: '/info',
      tag: 'Health',
      summary: 'Which build this is, and for how long it has run.',
      access: 'public',
      answers: { 200: { description: 'The build.', schema: info } },
      problems: [],
      handle: async () => ({
        status: 200,
        body: { ...deps.info, uptimeSeconds: Math.round((performance.now() - started) / 1_000) },
      }),
    }),
  ];
}

async function probeAll(dependencies: readonly Dependency[]): Promise<Readiness> {
  const entries = await Promise.all(
    dependencies.map(async ({ name, needed, probe }) => {
      const started = performance.now();
      const up = await withDeadline(probe(), PROBE_DEADLINE).then(
        () => true,
        () => false,
      );
      const latencyMs = Math.round((performance.now() - started) * 10) / 10;
      return [
        name,
        { status: up ? ('UP' as const) : ('DOWN' as const), needed: needed(), latencyMs },
      ] as const;
    }),
  );
  const broken = entries.some(([, { status: state, needed }]) => needed && state === 'DOWN');
  return { status: broken ? 'DOWN' : 'UP', components: Object.fromEntries(entries) };
}
