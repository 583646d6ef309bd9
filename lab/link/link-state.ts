// What the program `link` (lab/go/link) is told and answers, a line of JSON each: how bad a link is, and what it did.
import { z } from 'zod';

const number = z.number().nonnegative();

const shape = z.object({
  delayMs: number.default(0).describe('Milliseconds that every packet is under way, each way: half the round trip'),
  jitterMs: number.default(0).describe('A random part of so many milliseconds on top; the order stays'),
  lossPercent: number.max(100).default(0).describe('Of 100 packets so many are lost, by chance with a seed'),
  duplicatePercent: number.max(100).default(0).describe('Of 100 packets so many come twice'),
  kbitPerSecond: number.default(0).describe('Of IP packets; 0 is without a bound'),
  queueBytes: number.default(32_768).describe('What may wait for the line; more is dropped, as a router does it'),
});

/** How bad both directions are; what is left out is good. */
export type Shape = z.input<typeof shape>;
export const Shape = shape;

const counts = z.object({
  passed: z.int().describe('Packets that came through'),
  bytes: z.int().describe('Their bytes, with IP and TCP headers'),
  lost: z.int().describe('Packets dropped by chance'),
  overflowed: z.int().describe('Packets for which the queue had no room'),
  cut: z.int().describe('Packets that met a cut'),
  foreign: z.int().describe('Packets of another address than the link has on the host'),
});
const side = z.object({ shape, cut: z.boolean(), counts });

/** Both directions as they are: `up` is from the host, `down` to it. */
export const LinkState = z.object({ error: z.string().optional(), up: side, down: side });
export type LinkState = z.infer<typeof LinkState>;

/** A cut says nothing to anybody: packets vanish. `up` is the way from the host. */
export type CutWay = 'both' | 'up' | 'down';

/** A command to the program: what each direction shall be; what is left out stays. */
export type LinkCommand = Partial<
  Record<'up' | 'down', { shape?: z.infer<typeof shape>; cut?: boolean; seed?: number }>
>;

/** Both directions so; chances begin anew with the seed, another one each way. */
export function shapeCommand(wish: Shape, seed = 1): LinkCommand {
  const made = shape.parse(wish);
  return { up: { shape: made, seed }, down: { shape: made, seed: seed + 1 } };
}

/** Cuts one way or both; the way that is not named is healed. */
export function cutCommand(way: CutWay | 'none'): LinkCommand {
  return { up: { cut: way === 'both' || way === 'up' }, down: { cut: way === 'both' || way === 'down' } };
}
