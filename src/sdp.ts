/** As much of session descriptions (RFC 8866) as doors must know; the rest is the peer's and the media server's. */

/** The session's part, or one media line with what belongs to it. Of several attributes by one name the first counts. */
export type Section = Readonly<{
  /** What follows `m=`; empty for the session's part. */
  media: string;
  attributes: ReadonlyMap<string, string>;
}>;

/** The session's part and each media section, in their order. Takes any text. */
export function sectionsOf(sdp: string): [session: Section, ...media: Section[]] {
  const parts = sdp.split(/^(?=m=)/m);
  const [session, media] = sdp.startsWith('m=') ? ['', parts] : [parts[0] ?? '', parts.slice(1)];
  return [sectionOf(session), ...media.map(sectionOf)];
}

function sectionOf(text: string): Section {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/^a=([\w-]+):?(.*?)\r?$/gm))
    if (!attributes.has(name)) attributes.set(name, value);
  return { media: /^m=(.*?)\r?$/m.exec(text)?.[1] ?? '', attributes };
}

export const kindOf = ({ media }: Section): string => media.slice(0, media.indexOf(' '));

/** Whether nothing can come of it: its port is 0, or neither side sends. */
export const isRefused = ({ media, attributes }: Section): boolean =>
  /^\S+ 0 /.test(media) || attributes.has('inactive');
