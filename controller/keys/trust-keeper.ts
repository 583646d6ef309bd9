// What this controller knows of the keys that hosts trust. It runs without them as well: it reconciles and gives machines up
// by force, but signs no order and enrolls nobody, until they are back.
import type { JWK } from 'jose';
import { ByoError } from '../../common/errors.ts';
import type { Kube } from '../../common/kube/client.ts';
import type { Logger } from '../../common/log.ts';
import { DamagedTrust } from '../../common/pki/damaged-trust.ts';
import type { SigningKeys } from '../../common/pki/signing-secret.ts';
import { TrustLost } from './new-trust.ts';
import { ensureSigningKey, type NewTrustOptions } from './signing-key.ts';

export type TrustKeeperOptions = NewTrustOptions & { kube: Kube; log: Logger };

export class TrustKeeper {
  /** As activities take it; reading it without the key is a failure that says so. */
  readonly signingKey: { readonly privateJwk: JWK };
  /** Called when they are lost, and when they are back. */
  onChange: () => void = () => undefined;
  readonly #options: TrustKeeperOptions;
  #keys: SigningKeys | undefined;
  #lost: string | undefined;

  constructor(options: TrustKeeperOptions) {
    this.#options = options;
    const keys = (): SigningKeys => this.#require();
    this.signingKey = {
      get privateJwk() {
        return keys().privateJwk;
      },
    };
  }

  /** What is lost and the way back; undefined while all is well. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** The keys that hosts trust for orders; makes them where nobody trusts any. @throws TrustLost, or trouble with the API server */
  async signers(): Promise<SigningKeys> {
    const { kube, newInstallation = false } = this.#options;
    this.#keys = await ensureSigningKey(kube, { newInstallation });
    return this.#keys;
  }

  /** The first look: lost keys are told of and not thrown, so that everything else can begin. */
  async look(): Promise<void> {
    try {
      await this.signers();
    } catch (error) {
      if (!isLoss(error)) throw error;
      this.#tell(error.message);
    }
  }

  /** Runs what needs all of the trust, and takes from its end whether that is lost; other trouble says nothing of it. */
  async watch<T>(use: () => Promise<T>): Promise<T> {
    try {
      const used = await use();
      this.#tell(undefined);
      return used;
    } catch (error) {
      if (isLoss(error)) this.#tell(error.message);
      throw error;
    }
  }

  #tell(lost: string | undefined): void {
    if (this.#lost === lost) return;
    this.#lost = lost;
    if (lost === undefined) this.#options.log.info('the keys that hosts trust are back');
    else this.#options.log.error({ lost }, 'the trust of this installation is lost: no host can enroll or renew');
    this.onChange();
  }

  #require(): SigningKeys {
    if (this.#keys) return this.#keys;
    const remedy = 'Restore it, or use `byo trust import`; see the log of the controller';
    throw new ByoError('Untrusted', 'the key that signs orders is not there', { remedy, retryable: true });
  }
}

/** Gone or of no use: nobody but a person can mend it. */
function isLoss(error: unknown): error is TrustLost | DamagedTrust {
  return error instanceof TrustLost || error instanceof DamagedTrust;
}
