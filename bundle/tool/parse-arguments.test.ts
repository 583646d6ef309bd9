// The argument forms of the bundle tool.
import { expect, test } from 'vitest';
import { parseImage, parseLayers, parsePlatform, parseRepositoryAddress } from './parse-arguments.ts';

const four = ['kubernetes=/k', 'containerd@2.3.7=/a,/b', 'runc@1.4.3=/runc', 'cni@1.9.1=/cni'];

test('layers carry their version; kubernetes takes the bundle version', () => {
  expect(parseLayers([...four, 'cni@1.9.1=/more'], 'v1.36.3')).toEqual({
    kubernetes: { version: 'v1.36.3', paths: ['/k'] },
    containerd: { version: '2.3.7', paths: ['/a', '/b'] },
    runc: { version: '1.4.3', paths: ['/runc'] },
    cni: { version: '1.9.1', paths: ['/cni', '/more'] },
  });
});

test('an image reference keeps its colons, a path its equals signs', () => {
  expect(parseImage('registry.k8s.io/pause:3.10.2=/a=b.tar')).toEqual({
    reference: 'registry.k8s.io/pause:3.10.2',
    archive: '/a=b.tar',
  });
});

test('a form that cannot be read says what is expected', () => {
  expect(() => parseLayers(four.slice(1), 'v1.36.3')).toThrow('missing: kubernetes');
  expect(() => parseLayers([...four, 'runc@1.5.0=/runc'], 'v1.36.3')).toThrow('one version of runc');
  expect(() => parseLayers(['runc=/runc'], 'v1.36.3')).toThrow('with the version of runc');
  expect(() => parseLayers(['crun@1=/crun'], 'v1.36.3')).toThrow('NAME@VERSION=PATH');
  expect(() => parseImage('pause')).toThrow('REFERENCE=ARCHIVE');
  expect(() => parseRepositoryAddress('https://registry/x')).toThrow('oci://registry/repository');
  expect(() => parsePlatform('linux/s390x')).toThrow('linux/amd64 or linux/arm64');
});
