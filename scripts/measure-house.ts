// The figures of docs/design.md §13: folders, listings, files, lines and types of the product, without tests.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { files, root } from '../test/support/repository.ts';

const PRODUCT = /^(api|activities|controller|workflows|workers|agent|gateway|bundle|common|cli|packaging)\//;
const NOT_SHIPPED = /\.test\.ts$|\/testing\/|\/(test|fake)-[\w-]+\.ts$/;

const product = files.filter((file) => PRODUCT.test(file) && !NOT_SHIPPED.test(file));
const sources = product.map((file) => readFileSync(join(root, file), 'utf8'));
const siblings = new Map<string, number>();
for (const file of product) siblings.set(dirname(file), (siblings.get(dirname(file)) ?? 0) + 1);
const largest = [...siblings].toSorted(([, a], [, b]) => b - a).slice(0, 3);
const count = (mark: RegExp): number => sources.reduce((sum, source) => sum + (source.match(mark) ?? []).length, 0);

process.stdout.write(`folders ${siblings.size}
largest listings ${largest.map(([folder, listed]) => `${folder} ${listed}`).join(', ')}
files ${product.length}
lines ${count(/\n/g)}
types ${count(/^(export )?(type|interface) [A-Z]/gm)}
`);
