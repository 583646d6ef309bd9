// The link to Temporal, configured as Temporal's own tools are: environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
// TEMPORAL_TLS_*, TEMPORAL_API_KEY …), then the profile of temporal.toml. What the command line says wins.
import { isDeepStrictEqual } from 'node:util';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

export type TemporalFlags = { address?: string | undefined; namespace?: string | undefined };

type Options = ClientConnectConfig['connectionOptions'];

/** Where Temporal is and how it is reached; certificates and keys as they are in their files now. */
export type TemporalLink = {
  address: string;
  namespace: string;
  options: { [Name in 'apiKey' | 'tls' | 'metadata']?: NonNullable<Options[Name]> };
};

/** How often whoever holds a connection looks whether its certificate was renewed. */
export const LINK_LOOK_MS = 30_000;

/**
 * Reads all of it afresh.
 * @throws Error of a profile that is not there, a file that cannot be read, or settings that contradict each other
 */
export function readTemporalLink(flags: TemporalFlags, env?: Record<string, string>): TemporalLink {
  const { namespace, connectionOptions } = loadClientConnectConfig(env ? { overrideEnvVars: env } : {});
  const { address, apiKey, tls, metadata } = connectionOptions;
  return {
    address: flags.address ?? address ?? '127.0.0.1:7233',
    namespace: flags.namespace ?? namespace ?? 'default',
    options: {
      ...(typeof apiKey === 'string' && { apiKey }),
      ...(tls !== undefined && tls !== null && { tls }),
      ...(metadata && { metadata }),
    },
  };
}

/** Nothing has changed: a connection with the one is as good as one with the other. */
export function isSameLink(one: TemporalLink, other: TemporalLink | undefined): boolean {
  return isDeepStrictEqual(one, other);
}
