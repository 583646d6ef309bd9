// Which leftovers of a cluster keep a host from being clean, and which bind it to its cluster alone. Pure.
import type { ResetArguments } from '../../api/orders.ts';
import type { Leftover } from '../../api/report/reported-host.ts';

/** `blocking`: the host is not clean. `bound`: it is, for machines of the cluster that wrote it, or for all once accepted. */
export type Judged = { blocking: Leftover[]; bound: Leftover[]; notes: string[] };

/** Accepted is exactly what was listed: a word of difference, and it is another thing. */
export function decideLeftovers(
  leftovers: readonly Leftover[],
  { accepted = [], leftovers: policy = 'Keep' }: Pick<ResetArguments, 'accepted' | 'leftovers'>,
): Judged {
  const isAccepted = ({ id }: Leftover): boolean => accepted.includes(id);
  const blocks = ({ kind }: Leftover): boolean => kind === 'Binding' || policy === 'Block';
  const blocking = leftovers.filter((one) => blocks(one) && !isAccepted(one));
  const bound = leftovers.filter((one) => one.kind === 'Data' && !blocking.includes(one));
  const told = leftovers.filter((one) => !blocking.includes(one));
  return { blocking, bound, notes: told.map((one) => (isAccepted(one) ? `accepted: ${one.what}` : one.what)) };
}
