import { expect, test } from 'vitest';
import { portsWithoutHairpin } from './hairpin.ts';

test('ports that lack hairpin mode are found, and nothing but plain names is passed on', () => {
  const port = (ifname: string, hairpin: boolean) => ({ ifname, linkinfo: { info_slave_data: { hairpin } } });
  const links = [port('veth1', false), port('veth2', true), port('veth3\nlink del x', false), { ifname: 'lo' }];
  expect(portsWithoutHairpin(JSON.stringify(links))).toEqual(['veth1']);
  expect(portsWithoutHairpin('')).toEqual([]);
});
