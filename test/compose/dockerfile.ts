import { read } from './compose-file.ts';

/** One instruction of a Dockerfile, its continuation lines joined. */
export type Instruction = Readonly<{ name: string; text: string }>;

export class Dockerfile {
  readonly instructions: readonly Instruction[];

  /** @param path from the top of the repository */
  constructor(path: string) {
    const lines = read(path)
      .split('\n')
      .filter((line) => !/^\s*(#|$)/.test(line));
    this.instructions = lines
      .join('\n')
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => {
        const [name = '', ...rest] = line.split(' ');
        return { name, text: rest.join(' ').trim() };
      });
  }

  /** The texts of all instructions of a name. */
  all(name: string): readonly string[] {
    return this.instructions.filter((one) => one.name === name).map(({ text }) => text);
  }

  /** The text of the last instruction of a name, which is the one that counts in the image. */
  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** The words of the last instruction of a name. @throws unless it has the exec form, a JSON list */
  exec(name: string): readonly string[] {
    const text = this.last(name) ?? '';
    const words: unknown = JSON.parse(text.slice(text.indexOf('[')));
    if (!Array.isArray(words) || words.some((word) => typeof word !== 'string')) throw new Error(text);
    return words as readonly string[];
  }

  /** The images it is made from, without the stages of its own. */
  images(): readonly string[] {
    const stages = this.all('FROM').map((text) => text.split(/ as /i));
    const own = new Set(stages.map(([, name]) => name));
    return stages.flatMap(([image = '']) => (own.has(image) ? [] : [image]));
  }

  /** What it copies from its build context. */
  sources(): readonly string[] {
    return this.all('COPY')
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(' ').slice(0, -1));
  }
}
