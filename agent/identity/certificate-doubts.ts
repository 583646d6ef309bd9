// Whether the gateway has refused this host's certificate: heard wherever it is shown, and waited for by the renewal.
import { setTimeout as delay } from 'node:timers/promises';

export class CertificateDoubts {
  #told = Promise.withResolvers<void>();
  #isTold = false;

  get isRefused(): boolean {
    return this.#isTold;
  }

  tell(): void {
    this.#isTold = true;
    this.#told.resolve();
  }

  /** There is another certificate now. */
  forget(): void {
    this.#isTold = false;
    this.#told = Promise.withResolvers();
  }

  /** Waits for so many milliseconds, for a refusal, or for one of `also`. @throws the abort of `signal` */
  async wait(milliseconds: number, signal: AbortSignal, ...also: Promise<void>[]): Promise<void> {
    const over = new AbortController();
    const timer = delay(milliseconds, undefined, { signal: AbortSignal.any([signal, over.signal]) });
    try {
      // Heard already, it would end every wait at once: then the time alone counts.
      const told = this.#isTold ? [] : [this.#told.promise];
      await Promise.race([timer, ...told, ...also]);
    } finally {
      over.abort();
      // Its abort is what ends it when another was first.
      timer.catch(() => undefined);
    }
  }
}
