/** As much of session descriptions as the adapters must know; the rest is the device's and the SFU's. */

export type Section = Readonly<{ mid: string; refused: boolean; attributes: ReadonlyMap<string, string> }>;

/** Whether it is complete enough for an SFU to make a connection of, whatever it then thinks of its codecs. */
export function isSessionDescription(sdp: string): boolean {
  return (
    /^v=0\r?\n/.test(sdp) &&
    /^m=(audio|video) /m.test(sdp) &&
    ['ice-ufrag', 'ice-pwd', 'fingerprint'].every((name) => sdp.includes(`\na=${name}:`))
  );
}

/** Its media sections, in order. Of several attributes by one name the first counts. */
export function sectionsOf(sdp: string): Section[] {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .map((text) => {
      const attributes = new Map<string, string>();
      for (const [, name = '', value = ''] of text.matchAll(/^a=([\w-]+):?(.*?)\r?$/gm))
        if (!attributes.has(name)) attributes.set(name, value);
      const refused = /^m=\S+ 0 /.test(text) || attributes.has('inactive');
      return { mid: attributes.get('mid') ?? '', refused, attributes };
    });
}
