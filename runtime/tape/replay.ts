/**
 * Reverse mode over a tape: the records that the loss depends on, from the last to the first. What is done is decided when `backward` is
 * called; the engine's work follows in the queue. The cotangents of a value used several times are added in reverse order of its uses.
 */
import type { Executable } from '../../compiler/values/executable.ts';
import { elements } from '../../compiler/values/shape.ts';
import type { Space } from '../engine/engine.ts';
import type { Handle } from './handle.ts';
import { TapeError, type TapeRecord } from './record.ts';
import type { TapeSession } from './session.ts';

/** Checks every record that takes part with `check`; the returned work runs them. */
export function replay(
  session: TapeSession,
  records: readonly TapeRecord[],
  loss: Handle,
  cotangent: ArrayLike<number>,
  check: (record: TapeRecord) => void,
): () => Promise<void> {
  const reached = new Set<string>([keyOf(records, loss)!]);
  const parts: TapeRecord[] = [];
  for (let k = records.length - 1; k >= 0; k--) {
    const record = records[k];
    const results = [...record.compiled.forward.places.keys()].filter((key) => reached.has(`${k} ${key}`));
    if (results.length === 0) continue;
    if (record.state !== 'recorded') {
      throw new TapeError(`${record.name}, called at ${record.place}, was replayed already; what it saved is gone: call it again`);
    }
    if (record.compiled.backward === undefined) continue;
    check(record);
    parts.push(record);
    for (const [name, handle] of record.inputs) {
      const key = keyOf(records, handle);
      if (key !== undefined && record.compiled.backward.places.has(`gradient ${name}`)) reached.add(key);
    }
  }
  for (const record of parts) record.state = 'replayed';
  return async () => {
    const cotangents = new Map<string, Space>([[keyOf(records, loss)!, seedOf(session, cotangent)]]);
    for (const record of parts) await pullBack(session, records, record, cotangents);
    for (const space of cotangents.values()) session.slabs.give(space);
  };
}

/** `7 result loss`: a value is known by its record's position; undefined for what the caller gave. */
function keyOf(records: readonly TapeRecord[], { origin }: Handle): string | undefined {
  return origin.is === 'result' ? `${records.indexOf(origin.record)} result ${origin.name}` : undefined;
}

function seedOf(session: TapeSession, cotangent: ArrayLike<number>): Space {
  const space = session.slabs.take(cotangent.length);
  session.engine.write(space, 0, cotangent, 'real');
  return space;
}

async function pullBack(
  session: TapeSession,
  records: readonly TapeRecord[],
  record: TapeRecord,
  cotangents: Map<string, Space>,
): Promise<void> {
  const backward = record.compiled.backward!;
  const { engine, slabs } = session;
  const { sizes } = backward;
  checkPlaces(record, backward);
  const inputs = record.given!;
  const results = slabs.take(sizes.results);
  session.fill(backward, inputs, record.inputs, record.compiled.forward);
  for (const [key, { name, address }] of backward.places) {
    if (!key.startsWith('cotangent ')) continue;
    const known = `${records.indexOf(record)} result ${name}`;
    const cotangent = cotangents.get(known);
    if (cotangent === undefined) engine.write(inputs, address.offset, new Float32Array(address.length), 'real');
    else engine.copy(cotangent, 0, inputs, address.offset, address.length);
  }
  await session.run(backward, { inputs, results, saved: record.saved! }, record.tick);
  for (const [name, handle] of record.inputs) {
    const place = backward.places.get(`gradient ${name}`);
    const key = keyOf(records, handle);
    if (place === undefined || key === undefined) continue;
    await contribute(session, cotangents, key, results, place.address.offset, elements(handle.type.axes));
  }
  slabs.give(inputs);
  slabs.give(results);
  slabs.give(record.saved!);
  record.given = undefined;
  record.saved = undefined;
}

/** Both halves must mean the same addresses of what they have in common. */
function checkPlaces({ name, compiled: { forward } }: TapeRecord, backward: Executable): void {
  for (const [key, { address }] of backward.places) {
    const own = forward.places.get(key);
    const isCommon = address.space === 'saved' || (address.space === 'inputs' && own !== undefined);
    if (isCommon && own?.address.offset !== address.offset)
      throw new Error(`${key} of ${name} lies at different places in forward and backward`);
  }
}

/** The first cotangent of a value is copied, each further one added behind it. */
async function contribute(
  session: TapeSession,
  cotangents: Map<string, Space>,
  key: string,
  from: Space,
  offset: number,
  count: number,
): Promise<void> {
  const { engine, slabs } = session;
  const before = cotangents.get(key);
  if (before === undefined) {
    const space = slabs.take(count);
    engine.copy(from, offset, space, 0, count);
    cotangents.set(key, space);
    return;
  }
  const add = session.functions.add(count);
  const inputs = slabs.take(add.sizes.inputs);
  const results = slabs.take(add.sizes.results);
  engine.copy(before, 0, inputs, add.places.get('input a')!.address.offset, count);
  engine.copy(from, offset, inputs, add.places.get('input b')!.address.offset, count);
  await session.run(add, { inputs, results }, 0);
  engine.copy(results, add.places.get('result sum')!.address.offset, before, 0, count);
  slabs.give(inputs);
  slabs.give(results);
}
