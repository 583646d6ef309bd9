// The way to Temporal for those who only say a word now and then: opened when it is first needed, and made anew when its
// certificate, or anything else of it, has changed.
import { Client, Connection, type WorkflowClient } from '@temporalio/client';
import { isSameLink, LINK_LOOK_MS, type TemporalLink } from '../../common/temporal-link.ts';

/** A reconcile must not hang on Temporal: it is bounded, and comes back with the queue's back-off. */
const DEADLINE_MS = 5000;

type Linked = { link: TemporalLink; connection: Connection; workflow: WorkflowClient };

/** Connects lazily: the controller runs, and reconciles, while Temporal is down. */
export class LazyLink {
  readonly #readLink: () => TemporalLink;
  #linked: Linked | undefined;
  #readAtMs = -Infinity;

  constructor(readLink: () => TemporalLink) {
    this.#readLink = readLink;
  }

  async use<T>(say: (workflow: WorkflowClient) => Promise<T>): Promise<T> {
    const { connection, workflow } = await this.#current();
    return connection.withDeadline(Date.now() + DEADLINE_MS, () => say(workflow));
  }

  async close(): Promise<void> {
    await this.#linked?.connection.close();
  }

  async #current(): Promise<Linked> {
    const before = this.#linked;
    if (before && performance.now() - this.#readAtMs < LINK_LOOK_MS) return before;
    const link = this.#readLink();
    this.#readAtMs = performance.now();
    if (before && isSameLink(link, before.link)) return before;
    const linked = connectLazily(link);
    this.#linked = linked;
    await before?.connection.close();
    return linked;
  }
}

function connectLazily(link: TemporalLink): Linked {
  const connection = Connection.lazy({
    ...link.options,
    address: link.address,
    connectTimeout: DEADLINE_MS,
    // As the worker beside it, and the gateway: straight, whatever proxy the environment names for the Internet.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  return { link, connection, workflow: new Client({ connection, namespace: link.namespace }).workflow };
}
