/** Kernels without sums that take one workgroup: the stable counting sort, and the greatest elements of a whole tensor. */
import type { Statement } from '../../values/kernel.ts';
import { type Printer, threads } from './printer.ts';

/** A stable counting sort by one thread: groups are few and the keys of one batch. The last counter is of the keys in no group. */
export function printGroup(printer: Printer, s: Extract<Statement, { is: 'group' }>): string[] {
  const at = (buffer: number, place: string) => printer.element(buffer, place);
  const [n, groups] = [printer.index(s.n), printer.index(s.groups)];
  const groupOf = (i: string) => `i32(min(${at(s.keys, i)}, u32(${groups})))`;
  printer.block('if (thread == 0u)', () => {
    printer.line(`for (var g = 0i; g <= ${groups}; g++) { ${at(s.scratch, 'g')} = 0u; }`);
    printer.block(`for (var i = 0i; i < ${n}; i++)`, () => {
      printer.line(`let own = ${groupOf('i')};`);
      printer.line(`if (own < ${groups}) { ${at(s.scratch, 'own + 1')} += 1u; }`);
    });
    printer.line(`for (var g = 0i; g < ${groups}; g++) { ${at(s.scratch, 'g + 1')} += ${at(s.scratch, 'g')}; }`);
    if (s.gives === 'start') printer.line(`for (var g = 0i; g <= ${groups}; g++) { ${at(s.to, 'g')} = ${at(s.scratch, 'g')}; }`);
    else {
      printer.block(`for (var i = 0i; i < ${n}; i++)`, () => {
        printer.line(`let own = ${groupOf('i')};`);
        printer.line(`${at(s.to, `i32(${at(s.scratch, 'own')})`)} = u32(i);`);
        printer.line(`${at(s.scratch, 'own')} += 1u;`);
      });
    }
  });
  return [];
}

/**
 * The rank of the least that is chosen is found from its highest byte down, as in WASM: the threads count the next byte of those that agree
 * so far together. Then each has a run of the elements, so that ties are chosen from the front: how many lie in earlier runs is known
 * once all have counted theirs.
 */
export function printLargest(printer: Printer, s: Extract<Statement, { is: 'largest' }>): string[] {
  const [n, count] = [printer.index(s.n), printer.index(s.count)];
  const rank = (i: string) => `(bitcast<u32>(rank_of(bitcast<f32>(${printer.element(s.of, i)}))) ^ 0x80000000u)`;
  printer.line(`var left = u32(${count});`);
  printer.line('var found = 0u;');
  for (const shift of [24, 16, 8, 0]) {
    const digit = `digit_${shift}`;
    printer.line(`for (var k = thread; k < 256u; k += ${threads}u) { atomicStore(&counters[k], 0u); }`);
    printer.line('workgroupBarrier();');
    printer.block(`for (var i = i32(thread); i < ${n}; i += ${threads})`, () => {
      printer.line(`let rank = ${rank('i')};`);
      const agrees = shift === 24 ? 'true' : `(rank >> ${shift + 8}u) == found`;
      printer.line(`if (${agrees}) { atomicAdd(&counters[(rank >> ${shift}u) & 255u], 1u); }`);
    });
    printer.line('workgroupBarrier();');
    printer.line(`var ${digit} = 255u;`);
    printer.block(`while (atomicLoad(&counters[${digit}]) < left)`, () => {
      printer.line(`left -= atomicLoad(&counters[${digit}]);`);
      printer.line(`${digit} -= 1u;`);
    });
    printer.line(`found = (found << 8u) | ${digit};`);
    printer.line('workgroupBarrier();');
  }
  printer.line(`let run = (${n} + ${threads - 1}) / ${threads};`);
  printer.line('let start = i32(thread) * run;');
  printer.line(`let end = min(${n}, start + run);`);
  printer.line('var ties = 0u;');
  printer.line(`for (var i = start; i < end; i++) { if (${rank('i')} == found) { ties += 1u; } }`);
  printer.line('tied[thread] = ties;');
  printer.line('workgroupBarrier();');
  printer.line('for (var other = 0u; other < thread; other++) { left -= min(left, tied[other]); }');
  printer.block('for (var i = start; i < end; i++)', () => {
    printer.line(`let rank = ${rank('i')};`);
    printer.line('let taken = rank == found && left > 0u;');
    printer.line(`${printer.element(s.to, 'i')} = select(0u, 1u, rank > found || taken);`);
    printer.line('left -= select(0u, 1u, taken);');
  });
  return ['var<workgroup> counters: array<atomic<u32>, 256>;', `var<workgroup> tied: array<u32, ${threads}>;`];
}
