// What may differ between a host before its first claim and after its release, and why: argued in docs/clean-hosts.md.
import type { AllowedDifference } from './compare-snapshots.ts';

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [];
