import { expect, it } from '@jest/globals';
import { linksTo } from './whip-routes.ts';

it('ICE servers are told one by one, with credentials that cannot break out of their quotes', () => {
  const urls = ['turn:turn.test:3478?transport=udp', 'turns:turn.test:443'];
  expect(linksTo([{ urls, username: '1:a"b', credential: 'c\\d' }])).toEqual({
    Link: urls.map(
      (url) =>
        `<${url}>; rel="ice-server"; username="1:a\\"b"; credential="c\\\\d"; credential-type="password"`,
    ),
  });
  expect(linksTo([])).toEqual({});
});
