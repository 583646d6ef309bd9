// Why something is as it is: of a condition, a wait, a refusal, a finding.

/** `reason`: one word, by which it is decided and searched; `message`: what a person reads, with what is to be done. */
export type Reason = { reason: string; message: string };
