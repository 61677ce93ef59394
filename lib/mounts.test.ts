import { expect, test } from 'vitest';
import { mountsBelow } from './mounts.ts';

test('finds what is mounted below a folder, the deepest first, with the kernel’s escapes undone', () => {
  const mountinfo = [
    '36 35 98:0 / /home rw,noatime shared:1 - ext3 /dev/root rw',
    '37 36 0:50 / /home/me/a rw - tmpfs none rw',
    '38 37 0:51 / /home/me/a/with\\040blank rw - tmpfs none rw',
    '39 35 0:52 / /home/meadow rw - tmpfs none rw',
  ].join('\n');
  expect(mountsBelow(mountinfo, '/home/me')).toEqual(['/home/me/a/with blank', '/home/me/a']);
});
