// Bytes to a checked OCI document; the only place that parses JSON of a bundle.
import type { z } from 'zod';
import { BundleError } from '../errors.ts';

/** Parses and checks one JSON document. @throws BundleError `NotABundle` naming the document and the first fault. */
export function parseDocument<T extends z.ZodType>(bytes: Uint8Array, schema: T, name: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new BundleError('NotABundle', `${name} is not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') || 'document';
  throw new BundleError('NotABundle', `${name} is not what it should be: ${where}: ${issue?.message ?? 'invalid'}`);
}
