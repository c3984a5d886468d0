import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** A served OpenAPI document, asked whether answers are what it promises. */
export type Contract = Readonly<{
  operations: readonly { method: string; path: string }[];
  /** What is wrong with an answer of a documented route; none when it is as documented. */
  faultsOf(method: string, path: string, answer: Answered): string[];
  /** What is wrong with a refusal of an address or a method that is not documented, being none. */
  faultsOfProblem(answer: Answered): string[];
}>;

export type Answered = Readonly<{ status: number; headers: Headers; text: string }>;

type Document = {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
};

export async function contractOf(base: string): Promise<Contract> {
  const served = await fetch(`${base}/api/realtime/openapi.json`, { signal: AbortSignal.timeout(15_000) });
  const document = (await served.json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'openapi');

  function faultsAgainst(pointer: string, value: unknown): string[] {
    const validate = ajv.getSchema(`openapi#${pointer}`) ?? ajv.compile({ $ref: `openapi#${pointer}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  }

  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method, path })),
    ),
    faultsOf(method, path, { status, headers, text }) {
      const response = document.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
      if (!response) return [`${method} ${path} does not promise ${status}`];
      const type = headers.get('content-type')?.split(';')[0];
      if (!response.content) return text === '' ? [] : ['an answer without content has some'];
      if (!type || !(type in response.content))
        return [`${type} is not a type that it promises for ${status}`];
      const steps = [
        'paths',
        path,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        type,
        'schema',
      ];
      return faultsAgainst(pointerTo(steps), type.endsWith('json') ? JSON.parse(text) : text);
    },
    faultsOfProblem({ headers, text }) {
      const type = headers.get('content-type')?.split(';')[0];
      if (type !== 'application/problem+json') return [`${type} is no problem`];
      return faultsAgainst('/components/schemas/Problem', JSON.parse(text));
    },
  };
}

const pointerTo = (steps: readonly string[]): string =>
  steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
