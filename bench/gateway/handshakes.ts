// Handshakes and nothing else: `node bench/gateway/handshakes.ts FLEET SECONDS PROTOCOL` makes mutual TLS 1.3 handshakes, a
// few at a time and below what the gateway lets one address begin, and prints how many as JSON.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dialAs } from '../../agent/link/dial.ts';
import { Fleet } from './fleet.ts';

const [file = '', seconds = '5', protocol = 'h2'] = process.argv.slice(2);
const { gateway, ca, installation, members } = Fleet.parse(JSON.parse(readFileSync(file, 'utf8')));
const PER_SECOND = 90;
const AT_ONCE = 8;
const begun = performance.now();
const elapsed = (): number => (performance.now() - begun) / 1000;
let begunOnes = 0;
let done = 0;

async function shake(): Promise<void> {
  const member = members[begunOnes % members.length];
  begunOnes += 1;
  if (!member) throw new Error('the fleet is empty');
  const dial = dialAs({ gateway }, { ca: [ca], cert: member.certificate, key: member.key, installation });
  const socket = await dial(protocol === 'h2' ? 'h2' : 'http/1.1');
  done += 1;
  socket.destroy();
}

async function keepShaking(): Promise<void> {
  while (elapsed() < Number(seconds)) {
    if (begunOnes < elapsed() * PER_SECOND) await shake();
    else await delay(5);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, keepShaking));
process.stdout.write(`${JSON.stringify({ done, seconds: elapsed() })}\n`);
process.exit(0);
