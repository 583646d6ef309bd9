// Any value that a zod schema takes, for properties: through the schema's own JSON Schema, so that what is generated and
// what is checked at the edge cannot part.
import * as fc from 'fast-check';
import { z } from 'zod';

/** Values for fields of these names, wherever they stand: names that meet each other, keys that mean something. */
export type Words = Record<string, fc.Arbitrary<unknown>>;

type Json = { [key: string]: unknown };

/** Parsed values, defaults filled in. A word that the schema does not take is never answered. */
export function arbitraryOf<Schema extends z.ZodType>(
  schema: Schema,
  words: Words = {},
): fc.Arbitrary<z.infer<Schema>> {
  const wanted = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return valueOf(wanted, words)
    .map((value) => schema.safeParse(value))
    .filter((parsed) => parsed.success)
    .map((parsed) => parsed.data);
}

function valueOf(schema: unknown, words: Words): fc.Arbitrary<unknown> {
  if (!isObject(schema)) return fc.jsonValue();
  const options = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (options.length > 0) return fc.oneof(...options.map((option) => valueOf(option, words)));
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum']);
  return typedOf(schema, words);
}

function typedOf(schema: Json, words: Words): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'object':
      return objectOf(schema, words);
    case 'array':
      return fc.array(valueOf(schema['items'], words), { maxLength: Math.min(numberOf(schema['maxItems'], 3), 3) });
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return wholeOf(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return fc.jsonValue();
  }
}

function objectOf(schema: Json, words: Words): fc.Arbitrary<unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  if (Object.keys(properties).length === 0) {
    const value = valueOf(schema['additionalProperties'], words);
    return fc.dictionary(words['key'] instanceof fc.Arbitrary ? keysOf(words['key']) : fc.string(), value, {
      maxKeys: 3,
    });
  }
  const model = Object.entries(properties).map(([name, one]) => [name, words[name] ?? valueOf(one, words)] as const);
  return fc.record(Object.fromEntries(model), { requiredKeys: listOf(schema['required']).map(String) });
}

const keysOf = (words: fc.Arbitrary<unknown>): fc.Arbitrary<string> => words.map(String);

function textOf({ minLength, maxLength, pattern, format }: Json): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString());
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  return fc.string({
    unit: 'grapheme',
    minLength: numberOf(minLength, 0),
    maxLength: Math.min(numberOf(maxLength, 40), 40),
  });
}

function wholeOf({ minimum, maximum }: Json): fc.Arbitrary<number> {
  const min = Math.max(numberOf(minimum, -5), Number.MIN_SAFE_INTEGER);
  return fc.integer({ min, max: Math.max(min, Math.min(numberOf(maximum, min + 9), min + 9)) });
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
