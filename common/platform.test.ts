import { expect, test } from 'vitest';
import { architectureOf } from './platform.ts';

test('architectures in the words of Go', () => {
  expect(['x86_64', 'aarch64', 'arm64', 'riscv64'].map(architectureOf)).toEqual(['amd64', 'arm64', 'arm64', 'other']);
});
