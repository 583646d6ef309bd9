// A workflow's history as a JSON file. The SDK's own conversion needs one single copy of protobufjs, which npm does not
// promise; the generated classes convert without reflection.
import proto, { type temporal } from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

export type WorkflowHistory = temporal.api.history.v1.IHistory;

/** Text of the file: names for enums, base64 for bytes, one event a line so that a diff can be read. */
export function formatHistory(history: WorkflowHistory): string {
  const { events = [] } = History.toObject(History.create(history), { longs: String, enums: String, bytes: String });
  const lines: string[] = events.map((event: unknown) => JSON.stringify(event));
  return `{ "events": [\n${lines.join(',\n')}\n] }\n`;
}

/** Throws on text that is no history. */
export function parseHistory(text: string): WorkflowHistory {
  return History.fromObject(Object(JSON.parse(text)));
}
