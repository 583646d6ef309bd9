// Prometheus' way to our numbers: one page on the loopback, for the programs that have any.
import { createServer, type Server } from 'node:http';

/** Serves `text` as `contentType` on 127.0.0.1; whatever keeps it from being made is the answer, with status 500. */
export function serveMetrics(port: number, contentType: string, text: () => Promise<string>): Server {
  const server = createServer((_request, response) => {
    text().then(
      (page) => response.setHeader('Content-Type', contentType).end(page),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  return server.listen(port, '127.0.0.1');
}
