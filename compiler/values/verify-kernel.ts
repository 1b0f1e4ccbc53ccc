/**
 * What every kernel and schedule must satisfy, whoever wrote it: names are defined before use, tiles have the axes that their statement
 * needs, the body has the shape of its form, buffers are as many as the target allows and used as declared, addresses lie inside their spaces, and what is
 * read in scratch was written there.
 */
import type { Access, Address, Index, Kernel, Launch, Schedule, Statement, TileAxis } from './kernel.ts';
import { kernelKey } from './print-kernel.ts';
import type { Target } from './target.ts';

/** Throws Error naming the kernel or launch, what was expected and what was found. */
export function verifyKernels(schedule: Schedule, target: Target): void {
  schedule.kernels.forEach((kernel, k) => {
    verifyKernel(kernel, target);
    if (k > 0 && schedule.kernels[k - 1].key >= kernel.key) throw new Error(`kernel ${kernel.key} is out of order`);
  });
  schedule.launches.forEach((launch, k) => {
    verifyLaunch(launch, k, schedule);
  });
  verifyScratch(schedule);
}

/** Throws Error naming the kernel and the statement. */
export function verifyKernel(kernel: Kernel, { buffers: most }: Target): void {
  const fail = (what: string): never => {
    throw new Error(`kernel ${kernel.key}: ${what}`);
  };
  if (kernel.key !== kernelKey(kernel)) fail(`its text has the key ${kernelKey(kernel)}`);
  if (kernel.buffers.length > most) fail(`it has ${kernel.buffers.length} buffers, ${most} are allowed`);
  const names = new Set(kernel.args);
  const tiles = new Map<string, readonly string[]>();
  for (const { index, blocks } of kernel.grid) {
    checkIndex(blocks, `grid ${index}`);
    names.add(index);
  }
  check(kernel.body, 0);

  function check(body: readonly Statement[], depth: number): void {
    for (const statement of body) checkStatement(statement, depth);
  }
  function checkStatement(s: Statement, depth: number): void {
    switch (s.is) {
      case 'let':
        checkIndex(s.value, `let ${s.index}`);
        names.add(s.index);
        return;
      case 'loop':
        checkIndex(s.from, `loop ${s.index}`);
        checkIndex(s.to, `loop ${s.index}`);
        names.add(s.index);
        check(s.body, depth + 1);
        return;
      case 'tile':
        define(s.tile, s.axes);
        return;
      case 'read':
        define(s.tile, s.axes);
        checkAccess(s.from, s.axes, ['read', 'update']);
        return;
      case 'map': {
        const axes = s.axes.map(({ name }) => name);
        const wide = s.tiles.find((tile) => known(tile).some((axis) => !axes.includes(axis)));
        if (wide !== undefined) fail(`map ${s.tile} has fewer axes than its operand ${wide}`);
        for (const index of [...s.coordinates, ...s.keys.flatMap(({ row, column }) => [row, column])])
          within(s.axes, index, `map ${s.tile}`);
        define(s.tile, s.axes);
        return;
      }
      case 'multiply': {
        const [into, left, right] = [s.into, s.left, s.right].map(known);
        if (into[0] !== left[0] || into[1] !== right[1] || left[1] !== right[0])
          fail(`multiply ${s.into}: axes ${into}, ${left}, ${right}`);
        return;
      }
      case 'fold':
        if (!known(s.source).includes(s.over)) fail(`fold ${s.tile}: ${s.source} has no axis ${s.over}`);
        tiles.set(
          s.tile,
          known(s.source).filter((axis) => axis !== s.over),
        );
        return;
      case 'accumulate':
        if (known(s.into).join() !== known(s.source).join()) fail(`accumulate ${s.into}: axes ${known(s.into)} and ${known(s.source)}`);
        return;
      case 'write':
        checkAccess(s.to, known(s.tile).map(unknownAxis), ['write', 'update']);
        return;
      case 'arg-top':
        if (!known(s.source).includes(s.over)) fail(`arg-top ${s.tile}: ${s.source} has no axis ${s.over}`);
        define(s.tile, [s.axis]);
        return;
      case 'group':
        checkIndex(s.n, 'group');
        checkIndex(s.groups, 'group');
        return;
      case 'largest':
        checkIndex(s.n, 'largest');
        checkIndex(s.count, 'largest');
    }
  }
  function known(tile: string): readonly string[] {
    return tiles.get(tile) ?? fail(`tile ${tile} is used before it is made`);
  }
  function define(tile: string, axes: readonly TileAxis[]): void {
    for (const { name, base, size } of axes) {
      checkIndex(base, `axis ${name}`);
      checkIndex(size, `axis ${name}`);
    }
    if (kernel.form !== 'tiles' && axes.length > 1) fail(`tile ${tile} has ${axes.length} axes`);
    tiles.set(
      tile,
      axes.map(({ name }) => name),
    );
  }
  /** The index with the axes' names allowed. */
  function within(axes: readonly Pick<TileAxis, 'name'>[], index: Index, where: string): void {
    const own = axes.filter(({ name }) => !names.has(name));
    for (const { name } of own) names.add(name);
    checkIndex(index, where);
    for (const { name } of own) names.delete(name);
  }
  function checkIndex(index: Index, where: string): void {
    if (typeof index === 'number') return;
    if (typeof index === 'string') {
      if (!names.has(index)) fail(`${where}: ${index} has no value`);
    } else if ('load' in index) {
      if (kernel.buffers[index.load]?.use !== 'read' || kernel.buffers[index.load].element !== 'i32')
        fail(`${where}: load from ${index.load}`);
      checkIndex(index.at, where);
    } else for (const part of index.a) checkIndex(part, where);
  }
  function checkAccess(access: Access, axes: readonly Pick<TileAxis, 'name'>[], uses: readonly string[]): void {
    const buffer = kernel.buffers[access.buffer];
    if (buffer === undefined || !uses.includes(buffer.use))
      fail(`buffer ${access.buffer} is ${buffer?.use}, needed is ${uses.join(' or ')}`);
    for (const term of access.terms) {
      if ('ids' in term) {
        if (kernel.buffers[term.ids.buffer]?.element !== 'i32') fail(`ids of ${buffer.name} are not i32`);
        checkAccess(term.ids, axes, ['read', 'update']);
        continue;
      }
      within(axes, term.index, buffer.name);
      if ('table' in term) {
        if (!kernel.buffers.some(({ name }) => name === 'tables')) fail(`${buffer.name} walks a table, but no buffer is called tables`);
        checkIndex(term.table, buffer.name);
      } else checkIndex(term.stride, buffer.name);
    }
    for (const { value, size } of access.where ?? []) {
      within(axes, value, buffer.name);
      checkIndex(size, buffer.name);
    }
  }
}
const unknownAxis = (name: string) => ({ name });

/** Whatever a launch reads in scratch was written there as a whole, and nobody has written over any of it since. */
function verifyScratch({ launches, kernels }: Schedule): void {
  /** Apart from one another, by offset. */
  const live: Address[] = [];
  /** The first that ends behind an offset. */
  const after = (offset: number): number => {
    let [low, high] = [0, live.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (live[middle].offset + live[middle].length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  launches.forEach(({ kernel, buffers, label }, k) => {
    const own = buffers.map((address, position) => ({ address, use: kernels[kernel].buffers[position].use }));
    for (const { address, use } of own) {
      if (address.space !== 'scratch' || use === 'write') continue;
      const found = live[after(address.offset)];
      if (found?.offset === address.offset && found.length === address.length) continue;
      throw new Error(
        `launch ${k} (${label}) reads scratch ${address.offset} to ${address.offset + address.length}, where no such value lies`,
      );
    }
    for (const { address, use } of own) {
      if (address.space !== 'scratch' || use === 'read') continue;
      const from = after(address.offset);
      let to = from;
      while (to < live.length && live[to].offset < address.offset + address.length) to++;
      live.splice(from, to - from, address);
    }
  });
}

function verifyLaunch(launch: Launch, position: number, schedule: Schedule): void {
  const kernel = schedule.kernels[launch.kernel];
  const fail = (what: string): never => {
    throw new Error(`launch ${position} (${launch.label}) of kernel ${kernel?.key}: ${what}`);
  };
  if (kernel === undefined) fail('there is no such kernel');
  if (launch.args.length !== kernel.args.length) fail(`${launch.args.length} arguments for ${kernel.args.length}`);
  if (launch.buffers.length !== kernel.buffers.length) fail(`${launch.buffers.length} addresses for ${kernel.buffers.length} buffers`);
  const odd = launch.args.find((value) => !Number.isInteger(value) || Math.abs(value) >= 2 ** 31);
  if (odd !== undefined) fail(`argument ${odd} is no i32`);
  launch.buffers.forEach(({ space, offset, length }, k) => {
    if (offset < 0 || offset + length > schedule.sizes[space]) fail(`${kernel.buffers[k].name} leaves the space ${space}`);
  });
  launch.buffers.forEach((written, k) => {
    if (kernel.buffers[k].use === 'read') return;
    const rival = launch.buffers.findIndex((other, j) => j !== k && overlap(written, other));
    if (rival >= 0) fail(`${kernel.buffers[k].name} is written and overlaps ${kernel.buffers[rival].name}`);
  });
}

function overlap(a: Launch['buffers'][number], b: Launch['buffers'][number]): boolean {
  return a.space === b.space && a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
