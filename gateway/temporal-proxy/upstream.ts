// The way on to Temporal's frontend: one channel, bytes in and out, deadlines and cancellation passed on.
import {
  Client,
  credentials,
  Metadata,
  status,
  type ChannelCredentials,
  type ClientOptions,
  type ServiceError,
} from '@grpc/grpc-js';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { isSameLink, LINK_LOOK_MS, type TemporalLink } from '../../common/temporal-link.ts';
import { Refusal } from './refusal.ts';

export type Upstream = {
  /** Rejects with a Refusal: `signal`'s reason when it was aborted, else what `toRefusal` makes of Temporal's status. */
  call(path: string, request: Uint8Array, options: { deadline: number; signal: AbortSignal }): Promise<Buffer>;
  close(): void;
};

/** A sealed order may have 2 MiB (`api/orders.ts`), and Temporal's own limit of a payload is the same. */
const RECEIVE_BYTES = 4 * 1024 * 1024;

const identity = (bytes: Buffer): Buffer => bytes;

const OPTIONS: ClientOptions = {
  'grpc.max_receive_message_length': RECEIVE_BYTES,
  // Temporal's frontend allows a ping each 10 s.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5000,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
};

/** How long calls of a channel may last after another has followed it: a long poll is a minute. */
const LINGER_MS = 120_000;

/** One channel at a time: when the link is configured anew, the next calls take the next one, and none is cut. */
export function openUpstream(readLink: () => TemporalLink, log: Logger, everyMs = LINK_LOOK_MS): Upstream {
  let channel = openChannel(readLink());
  const look = (): void => {
    try {
      const link = readLink();
      if (isSameLink(link, channel.link)) return;
      const { client } = channel;
      channel = openChannel(link);
      setTimeout(() => client.close(), LINGER_MS).unref();
      log.info({}, 'the link to Temporal is configured anew');
    } catch (error) {
      log.warn({ error: describeError(error) }, 'the configuration of the link to Temporal cannot be read');
    }
  };
  const looking = setInterval(look, everyMs).unref();
  return {
    call: (path, request, options) => callOver(channel, { path, request, ...options }),
    close: () => {
      clearInterval(looking);
      channel.client.close();
    },
  };
}

type Channel = { link: TemporalLink; client: Client; metadata: Metadata };

function openChannel(link: TemporalLink): Channel {
  const { tls, apiKey, metadata: extra = {} } = link.options;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(extra)) metadata.set(name, value);
  if (apiKey !== undefined) metadata.set('authorization', `Bearer ${apiKey}`);
  const name = typeof tls === 'object' ? tls.serverNameOverride : undefined;
  const named = name ? { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name } : {};
  return { link, client: new Client(link.address, credentialsOf(tls), { ...OPTIONS, ...named }), metadata };
}

function credentialsOf(tls: TemporalLink['options']['tls']): ChannelCredentials {
  if (tls === undefined || tls === false) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  const { serverRootCACertificate: ca, clientCertPair: own } = tls;
  return credentials.createSsl(toBuffer(ca), toBuffer(own?.key), toBuffer(own?.crt));
}

function toBuffer(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes ? Buffer.from(bytes) : null;
}

type UnaryCall = { path: string; request: Uint8Array; deadline: number; signal: AbortSignal };

function callOver({ client, metadata }: Channel, { path, request, deadline, signal }: UnaryCall): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const bytes = Buffer.from(request);
    const end = (error: ServiceError | null, reply?: Buffer) => {
      signal.removeEventListener('abort', cancel);
      if (signal.aborted) reject(signal.reason);
      else if (error) reject(error);
      else resolve(reply ?? Buffer.alloc(0));
    };
    const sent = client.makeUnaryRequest(path, identity, identity, bytes, metadata.clone(), { deadline }, end);
    const cancel = () => sent.cancel();
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** What a worker may hear of each kind of call; every other status of the server is trouble of ours: try again. */
const PASSED_ON = {
  poll: [status.CANCELLED, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED],
  // NOT_FOUND tells a worker that its attempt is over. On a poll it would end the worker within a minute, as would a
  // PERMISSION_DENIED that is meant for the gateway.
  forward: [status.NOT_FOUND, status.INVALID_ARGUMENT, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED],
};

/** Temporal's texts name namespaces, shards and addresses: the code is all that goes on. */
export function toRefusal(error: unknown, kind: keyof typeof PASSED_ON): Refusal {
  if (error instanceof Refusal) return error;
  const code = codeOf(error);
  const passed = PASSED_ON[kind].find((known) => known === code) ?? status.UNAVAILABLE;
  return new Refusal(passed, 'Upstream', `Temporal answers ${status[code ?? status.UNKNOWN]}`);
}

function codeOf(error: unknown): status | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' ? code : undefined;
}
