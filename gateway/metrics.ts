// Prometheus metrics of the gateway, on the loopback only.
import { Counter, Gauge, Registry } from 'prom-client';

/** What is asked for when somebody reads the metrics. */
export type Sources = {
  connections: () => Record<string, number>;
  /** Hosts with an open poll. */
  polls: () => number;
  downloads: () => number;
  /** Requests that wait for the API server. */
  writes: () => number;
  /** Seconds since the API server last spoke of the hosts. */
  directoryAge: () => number;
};

export class Metrics {
  readonly #registry = new Registry();
  readonly #refused = new Counter({
    name: 'byo_gateway_connections_refused_total',
    help: 'Connections that were not let in, by reason.',
    labelNames: ['reason'],
    registers: [this.#registry],
  });
  readonly #requests = new Counter({
    name: 'byo_gateway_requests_total',
    help: 'HTTP requests by path and status; aborted and cut are those that ended early.',
    labelNames: ['path', 'outcome'],
    registers: [this.#registry],
  });
  readonly #connections = new Gauge({
    name: 'byo_gateway_connections',
    help: 'Open connections by what they are.',
    labelNames: ['kind'],
    registers: [this.#registry],
  });

  refused(reason: string): void {
    this.#refused.inc({ reason });
  }

  answered(path: string, outcome: string): void {
    this.#requests.inc({ path, outcome });
  }

  watch(sources: Sources): void {
    this.#gauge('byo_gateway_polls_open', 'Hosts with an open poll.', sources.polls);
    this.#gauge('byo_gateway_downloads', 'Downloads under way.', sources.downloads);
    this.#gauge('byo_gateway_writes', 'Requests that wait for the API server.', sources.writes);
    const age = 'Seconds since the API server last spoke of the hosts.';
    this.#gauge('byo_gateway_directory_age_seconds', age, sources.directoryAge);
    this.#sources = sources;
  }

  #sources: Sources | undefined;

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    for (const [kind, count] of Object.entries(this.#sources?.connections() ?? {})) {
      this.#connections.set({ kind }, count);
    }
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): Gauge {
    const registers = [this.#registry];
    return new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
}
