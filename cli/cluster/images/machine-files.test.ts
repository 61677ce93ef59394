import { expect, test } from 'vitest';
import { sharedLibraries } from './machine-files.ts';

test('reads the libraries and the loader from what ldd prints', () => {
  const output = [
    '\tlinux-vdso.so.1 (0x00007f6de2640000)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f6de2320000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f6de2642000)',
    '\tlibgone.so => not found',
  ].join('\n');
  expect(sharedLibraries(output)).toEqual(['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
});
