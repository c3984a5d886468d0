import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const checkout = join(import.meta.dirname, '..', '..');

/** A file of the repository, by its path from the top. */
export const read = (path: string): string => readFileSync(join(checkout, path), 'utf8');

const service = z.strictObject({
  image: z.string().optional(),
  build: z
    .strictObject({
      context: z.string(),
      dockerfile: z.string().default('Dockerfile'),
      args: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string().optional(),
  }),
  restart: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  stop_grace_period: z.string(),
});

export type ComposeService = z.output<typeof service>;

const file = z.strictObject({
  'x-hardened': z.unknown(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

/** docker-compose.dev.yml, its anchors resolved. Throws for a key that no test here knows of. */
export const compose = file.parse(parse(read('docker-compose.dev.yml'), { merge: true }));

/** @throws when the file has no such service */
export function serviceNamed(name: string): ComposeService {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.dev.yml has no service "${name}"`);
  return found;
}

/** The path of a service's Dockerfile; undefined for one that runs a ready image. */
export function dockerfileOf({ build }: ComposeService): string | undefined {
  return build && join(build.context, build.dockerfile);
}
