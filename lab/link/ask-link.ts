// Speaks to the program `link`: one command and its answer over a Unix socket.
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { LinkState, type LinkCommand } from './link-state.ts';

const ANSWER_MS = 5000;

/** Sends a command; an empty one only asks. @throws Error when the program does not run, or calls the command wrong */
export async function askLink(socketPath: string, command: LinkCommand): Promise<LinkState> {
  const socket = createConnection({ path: socketPath });
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the link program does not answer')));
  socket.end(`${JSON.stringify(command)}\n`);
  const state = LinkState.parse(JSON.parse(await text(socket)));
  if (state.error !== undefined) throw new Error(`the link program says: ${state.error}`);
  return state;
}
