// A web server that answers as a test says, to show what real ones do only when they are broken.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';

/** Its origin, and the requests it has heard: method and URL as they came, and the header Range where there was one. */
export type WebServer = { readonly origin: string; readonly heard: string[] };

/** Gone when the test ends. */
export async function startWebServer(answer: RequestListener): Promise<WebServer> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push([request.method, request.url, request.headers.range].filter(Boolean).join(' '));
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = address !== null && typeof address !== 'string' ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, heard };
}
