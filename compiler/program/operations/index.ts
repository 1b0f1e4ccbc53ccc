/** The table of operations: one line each. A record with a missing field does not compile. */
import type { Operation, Table } from '../../values/operation.ts';
import { argTop } from './arg-top.ts';
import { call } from './call.ts';
import { constant } from './constant.ts';
import { contract } from './contract.ts';
import { group } from './group.ts';
import { largest } from './largest.ts';
import { map } from './map.ts';
import { pad } from './pad.ts';
import { reduce } from './reduce.ts';
import { reshape } from './reshape.ts';
import { slice } from './slice.ts';
import { source } from './source.ts';
import { window } from './window.ts';

const entries = new Map<string, Operation>();
/** A record as the table holds it. Attributes are read by the record that wrote them, so their type is known only inside it. */
const list = <A>(record: Operation<A>) => entries.set(record.name, record as Operation<unknown> & Operation<A>);

list(source);
list(constant);
list(contract);
list(map);
list(reduce);
list(reshape);
list(slice);
list(pad);
list(argTop);
list(group);
list(largest);
list(call(entries));
list(window);

export const table: Table = entries;
