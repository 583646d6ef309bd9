// Loaded into the agent by a drop-in of the test, in front of its program: ends the process, or fails for good, where the
// agent writes down a result. Nothing of it is in the product.
'use strict';
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { StatementSync } = require('node:sqlite');

const WISH = '/run/byo-faults/wish.json';
const STRUCK = '/run/byo-faults/struck';

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** The result that a statement of the journal writes: of a step, or of one change that has been taken back. */
function placeOf(sql, values) {
  if (/^INSERT INTO steps[^]*'Done'/.test(sql)) return `finish ${values.operation} ${values.step}`;
  return sql.startsWith("UPDATE changes SET state = 'Undone'") ? `undone ${values.id}` : undefined;
}

/** What is wished for this place; each place is struck once. */
function takeFault(place) {
  const wish = read(WISH);
  if (place === undefined || wish === '') return undefined;
  const { fault, places } = JSON.parse(wish);
  if (!new RegExp(places).test(place) || read(STRUCK).split('\n').includes(place)) return undefined;
  appendFileSync(STRUCK, `${place}\n`);
  return fault;
}

const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (...values) {
  const fault = takeFault(placeOf(this.sourceSQL, values[0] ?? {}));
  if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
  if (fault === 'fail')
    throw new globalThis.PlantedError('StepFailed', 'planted', { remedy: 'none', retryable: false });
  return run.apply(this, values);
};

// What the runner takes for a failure for good is an error of the program's own class.
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/main.cjs')) return loaded;
    return { ...loaded, source: `${loaded.source}\nglobalThis.PlantedError = ByoError;\n` };
  },
});
