// Loaded into the agent of a test's host before its program: knows every write of the journal, and lets something happen
// just before it and just after it, once each. What has happened stands in a file, so that it outlives every death.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync, type SQLInputValue } from 'node:sqlite';
import { nameWrite, type Statement } from './name-write.ts';

/** `kill`: the process kills itself; `ask`: it waits until the test has begun its deed, or until the power is gone. */
type Orders = { deed: 'kill' | 'ask'; points: string };

const ask = new Int32Array(new SharedArrayBuffer(4));
const pathOf = (name: string): string => join(import.meta.dirname, name);
const orders: Orders = JSON.parse(readFileSync(pathOf('orders.json'), 'utf8'));
const wanted = new RegExp(orders.points);
const seen = new Set(readText('points').split('\n').filter(Boolean));

function readText(name: string): string {
  return existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : '';
}

/** The deed of a point is done, or has begun, when the test has counted it. */
function happen(point: string): void {
  if (!wanted.test(point) || seen.has(point)) return;
  seen.add(point);
  record(point);
  if (orders.deed === 'kill') process.kill(process.pid, 'SIGKILL');
  while (Number(readText('done')) < seen.size) Atomics.wait(ask, 0, 0, 20);
}

function record(point: string): void {
  const file = openSync(pathOf('points'), 'a');
  writeSync(file, `${point}\n`);
  fsyncSync(file);
  closeSync(file);
}

const exec: (this: DatabaseSync, sql: string) => void = Reflect.get(DatabaseSync.prototype, 'exec');
const run: (this: StatementSync, ...given: SQLInputValue[]) => unknown = Reflect.get(StatementSync.prototype, 'run');
let database: DatabaseSync | undefined;
let statements: Statement[] = [];

Object.assign(DatabaseSync.prototype, {
  exec(this: DatabaseSync, sql: string): void {
    if (sql === 'BEGIN IMMEDIATE') [database, statements] = [this, []];
    if (sql !== 'COMMIT') return exec.call(this, sql);
    const write = nameWrite(statements);
    database = undefined;
    happen(`before ${write}`);
    exec.call(this, sql);
    happen(`after ${write}`);
  },
});

Object.assign(StatementSync.prototype, {
  run(this: StatementSync, ...given: SQLInputValue[]): unknown {
    const sql = this.sourceSQL;
    if (database) statements.push({ sql, values: { ...Object(given[0]), ...targetOf(database, sql, given[0]) } });
    return run.apply(this, given);
  },
});

/** A change is marked by its number, which another life gives to another change. */
function targetOf(open: DatabaseSync, sql: string, values: unknown): Record<string, unknown> {
  if (!sql.startsWith('UPDATE changes')) return {};
  return open.prepare('SELECT kind, target FROM changes WHERE id = $id').get({ id: Number(Object(values).id) }) ?? {};
}
