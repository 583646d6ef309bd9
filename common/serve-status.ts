// What a program tells of itself over HTTP, for the programs that have any of it: Prometheus' page, and for the kubelet
// whether it lives and whether it is ready.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { listenOptions, type HostPort } from './host-port.ts';

/** `metrics`: the page in Prometheus' text format. */
export type Status = { isReady: () => boolean; metrics: () => Promise<string> };

/**
 * Answers `/healthz` with 200, `/readyz` with 200 or 503, and all else with the metrics; whatever keeps those from being
 * made is the answer, with status 500.
 */
export function serveStatus(at: HostPort, { isReady, metrics }: Status): Server {
  const server = createServer(({ url }, response) => {
    if (url === '/healthz') return say(response, 200, 'ok\n');
    if (url === '/readyz') return isReady() ? say(response, 200, 'ok\n') : say(response, 503, 'not ready\n');
    metrics().then(
      (page) => response.setHeader('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE).end(page),
      (error: unknown) => say(response, 500, String(error)),
    );
  });
  return server.listen(listenOptions(at));
}

function say(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}
