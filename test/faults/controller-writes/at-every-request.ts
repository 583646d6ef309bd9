// Loaded into the controller of a test before its program: knows every write to the API server, and ends the process just
// before or just after it, once each. What has happened stands in a file, so that it outlives every death.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { IsomorphicFetchHttpLibrary, type RequestContext, type ResponseContext } from '@kubernetes/client-node';
import { nameRequest } from './name-request.ts';
import { FOLDER_VARIABLE, POINTS_VARIABLE } from './variables.ts';

const file = join(process.env[FOLDER_VARIABLE] ?? '', 'points');
const wanted = new RegExp(process.env[POINTS_VARIABLE] ?? '^$');
const seen = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);

function happen(point: string): void {
  if (!wanted.test(point) || seen.has(point)) return;
  seen.add(point);
  const opened = openSync(file, 'a');
  writeSync(opened, `${point}\n`);
  fsyncSync(opened);
  closeSync(opened);
  process.kill(process.pid, 'SIGKILL');
}

type Sent = { toPromise(): Promise<ResponseContext> };
const send: (this: unknown, request: RequestContext) => Sent = Reflect.get(
  IsomorphicFetchHttpLibrary.prototype,
  'send',
);

Object.assign(IsomorphicFetchHttpLibrary.prototype, {
  send(this: unknown, request: RequestContext): Sent {
    const body: unknown = request.getBody();
    const write = nameRequest({
      method: request.getHttpMethod(),
      url: request.getUrl(),
      body: typeof body === 'string' ? body : undefined,
    });
    if (write === undefined) return send.call(this, request);
    happen(`before ${write}`);
    const answer = send.call(this, request).toPromise();
    return {
      toPromise: async () => {
        const response = await answer;
        if (response.httpStatusCode < 300) happen(`after ${write}`);
        return response;
      },
    };
  },
});
