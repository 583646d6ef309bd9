// A host without a machine: the agent's own link code (gate, dial, reporter) around a poll that is not the SDK's. Orders are
// carried out by a script, where the fleet has the keys to open them.
import { startReporter } from '../../agent/report/reporter.ts';
import { DialGate } from '../../agent/link/dial-gate.ts';
import { dialAs, type Dial } from '../../agent/link/dial.ts';
import { createGatewayClient } from '../../agent/link/http.ts';
import { createManagementLink } from '../../agent/link/management.ts';
import { Reachability } from '../../agent/link/reachability.ts';
import { dialUntilJoined, TUNNEL_BACK_OFF } from '../../agent/link/tunnel.ts';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import type { Logger } from '../../common/log.ts';
import { PROTOCOL } from '../../agent/report/host-reporter.ts';
import { reportedHost } from '../../test/support/builders.ts';
import { carryOut } from '../fleet/carry-out.ts';
import { ScriptedHost } from '../fleet/scripted-host.ts';
import type { Fleet, Member } from './fleet.ts';
import { pollOn, type PollEvents } from './poller.ts';

/** What all agents of a process have done since its start, but `polling`, which is now. */
export type Counts = {
  dials: number;
  reportDials: number;
  joined: number;
  leases: number;
  polling: number;
  failedPolls: number;
};

export type LightAgentOptions = { fleet: Fleet; member: Member; counts: Counts; log: Logger; signal: AbortSignal };

/** Keeps its poll and its Lease until the signal aborts. */
export async function runLightAgent(options: LightAgentOptions): Promise<void> {
  const { counts, log, signal } = options;
  const reachability = new Reachability();
  const dial = reachability.watch(dialOf(options));
  const reportDial: Dial = (protocol, given) => {
    counts.reportDials += 1;
    return dial(protocol, given);
  };
  const link = createManagementLink(createGatewayClient(reportDial));
  const host = new ScriptedHost(options.fleet.orders?.stepMs ?? 0);
  const read = () => Promise.resolve({ ...reportOf(options), ...host.known });
  const reporter = startReporter({ link, reachability, read, onLease: () => (counts.leases += 1), log, signal });
  host.onChange = reporter.tell;
  await Promise.all([reporter.done, keepJoined({ ...options, reachability, host }, dial)]);
}

function dialOf({ fleet, member }: LightAgentOptions): Dial {
  const { certificate: cert, key } = member;
  return dialAs({ gateway: fleet.gateway }, { ca: [fleet.ca], cert, key, installation: fleet.installation });
}

type Joining = LightAgentOptions & { reachability: Reachability; host: ScriptedHost };

/** The tunnel of the agent without its loopback: one socket a host and not three. */
async function keepJoined(joining: Joining, dial: Dial): Promise<void> {
  const { member, counts, reachability, log, signal } = joining;
  const gate = new DialGate(TUNNEL_BACK_OFF, reachability);
  const counted: Dial = (protocol, given) => {
    counts.dials += 1;
    return dial(protocol, given);
  };
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const socket = await dialUntilJoined({ gate, dial: counted, log }, signal);
    if (!socket) return;
    const since = performance.now();
    counts.joined += 1;
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    await pollOn(socket, { hostID: member.hostID, isFirst }, eventsOf(joining));
    gate.tellLife(performance.now() - since);
  }
}

function eventsOf({ counts, fleet, host }: Joining): PollEvents {
  const { orders } = fleet;
  return {
    onPoll: () => (counts.polling += 1),
    onPollEnd: (code) => {
      counts.polling -= 1;
      if (code !== 0) counts.failedPolls += 1;
    },
    ...(orders && { onTask: (bytes, say) => void carryOut(bytes, host, orders, say) }),
  };
}

function reportOf({ fleet, member }: LightAgentOptions): ReportedHost {
  const machineID = member.hostID.replaceAll('-', '');
  return reportedHost({ protocol: PROTOCOL, hostname: member.name, machineID, sealingKey: fleet.sealingKey });
}
