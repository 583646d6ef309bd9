// How much one host, and all of them together, may ask of Temporal through this door.

/** Sizes in bytes of encoded payload data, times in milliseconds, rates in calls a second. */
export type TemporalLimits = {
  /** An HTTP/2 ping to the host is due after this long, and its answer within the next one. */
  keepaliveMs: number;
  keepaliveTimeoutMs: number;
  /** After this a connection is asked to come anew (grpc-js takes or adds up to a tenth). */
  connectionAgeMs: number;
  /** How long a connection that is asked to go may finish its calls. */
  connectionGraceMs: number;
  streamsPerHost: number;
  /** Memory that one HTTP/2 session may hold; Node counts in megabytes. */
  sessionMegabytes: number;
  requestBytes: number;
  /** Fields that are read of one request, those of messages within it included; our agent sends 30 at most. */
  requestFields: number;
  /** Calls other than long polls, refused ones included. */
  callsPerSecond: number;
  callsBurst: number;
  /** Long polls begun; an honest agent begins one a minute, and one after each task. */
  pollsPerSecond: number;
  pollsBurst: number;
  /** Of all calls, long polls included; an honest agent sends a heartbeat in 5 s. */
  bytesPerSecond: number;
  bytesBurst: number;
  heartbeatBytes: number;
  resultBytes: number;
  messageCharacters: number;
  /** Of all hosts together, apart from each other, so that idle hosts never keep a result from being delivered. */
  pollsInFlight: number;
  callsInFlight: number;
  pollDeadlineMs: number;
  callDeadlineMs: number;
  /** What a shed caller is told to wait. */
  retryAfterMs: number;
};

const KIB = 1024;

/** A dead host is noticed within 15 s; an agent of ours sends a call each 5 s while it works. */
export const TEMPORAL_LIMITS: TemporalLimits = {
  keepaliveMs: 10_000,
  keepaliveTimeoutMs: 5000,
  connectionAgeMs: 12 * 3600 * 1000,
  connectionGraceMs: 75_000,
  streamsPerHost: 16,
  sessionMegabytes: 8,
  requestBytes: 64 * KIB,
  requestFields: 64,
  callsPerSecond: 5,
  callsBurst: 20,
  pollsPerSecond: 1,
  pollsBurst: 10,
  bytesPerSecond: 32 * KIB,
  bytesBurst: 256 * KIB,
  heartbeatBytes: 4 * KIB,
  resultBytes: 16 * KIB,
  messageCharacters: 1024,
  pollsInFlight: 5000,
  callsInFlight: 500,
  pollDeadlineMs: 70_000,
  callDeadlineMs: 30_000,
  retryAfterMs: 5000,
};
