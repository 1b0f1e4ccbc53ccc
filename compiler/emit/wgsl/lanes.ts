/**
 * The forms `rows`, `points` and `scatter`: the threads of a workgroup share the vector axis. Between two folds everything is
 * pointwise: one loop in which a thread runs the whole chain for each of its positions. Tiles that a later stretch needs are computed
 * again from their reads (same bits, no workgroup memory). Scalars of the row are computed by every thread.
 */
import { type Element, foldBlock, type Statement, type TileAxis } from '../../values/kernel.ts';
import { defines, isPointwiseLoop, neededFor, uses } from '../dataflow.ts';
import { combined, pointOf, printLoop, printPoint, type Scope, startOf } from './point.ts';
import { type Printer, threads } from './printer.ts';

type Fold = Extract<Statement, { is: 'fold' }>;
type ArgTop = Extract<Statement, { is: 'arg-top' }>;

/** Prints the body; returns the module-scope declarations that it needs. */
export function printLanes(printer: Printer, body: readonly Statement[]): string[] {
  const lanes = new LanesPrinter(printer);
  lanes.sequence(body, new Map(), []);
  return lanes.declarations();
}

class LanesPrinter {
  private readonly printer: Printer;
  private readonly partials = new Set<string>();

  constructor(printer: Printer) {
    this.printer = printer;
  }

  declarations(): string[] {
    return [...this.partials];
  }

  /** `scalars`: tiles without axis, computed already. `vectors`: pointwise statements of outer and earlier stretches, for computing again. */
  sequence(body: readonly Statement[], scalars: Scope, vectors: readonly Statement[]): void {
    let known = [...vectors];
    let stretch: Statement[] = [];
    const flush = () => {
      if (stretch.some((s) => this.writes(s))) this.stretch(stretch, scalars, known);
      known = [...known, ...stretch];
      stretch = [];
    };
    for (const s of body) {
      if (s.is === 'let') this.printer.declare(s.index, this.printer.index(s.value));
      else if (s.is === 'fold') {
        flush();
        this.fold(s, scalars, known);
      } else if (s.is === 'arg-top') {
        flush();
        this.argTop(s, scalars, known);
      } else if (s.is === 'loop' && !isPointwiseLoop(s, body.slice(body.indexOf(s) + 1))) {
        flush();
        printLoop(this.printer, s, (inner) => this.sequence(inner, new Map(scalars), known));
      } else if (this.isScalar(s, [...known, ...stretch])) this.scalar(s, scalars);
      else stretch.push(s);
    }
    flush();
  }

  private writes(s: Statement): boolean {
    return s.is === 'write' || (s.is === 'loop' && s.body.some((inner) => this.writes(inner)));
  }

  /** Has no axis: depends on scalars of the row alone. */
  private isScalar(s: Statement, vectors: readonly Statement[]): boolean {
    if (s.is === 'tile' || s.is === 'read' || s.is === 'map') return s.axes.length === 0;
    const made = new Set(vectors.flatMap(defines));
    if (s.is === 'accumulate') return !made.has(s.into);
    if (s.is === 'write') return !made.has(s.tile);
    return s.is === 'loop' && s.body.every((inner) => this.isScalar(inner, vectors));
  }

  private scalar(s: Statement, scalars: Scope): void {
    if (s.is === 'write' && scalars.get(s.tile)?.text.startsWith('top_')) this.writeTop(s, scalars);
    else if (s.is === 'write') this.printer.block('if (thread == 0u)', () => printPoint(this.printer, s, scalars));
    else printPoint(this.printer, s, scalars);
  }

  /** One pass of the threads over the vector axis. */
  private stretch(stretch: readonly Statement[], scalars: Scope, known: readonly Statement[]): void {
    const axis = this.axisOf(stretch, known);
    const earlier = neededFor(known, stretch.flatMap(uses), scalars);
    this.positions(axis, `${threads}i`, () => pointOf(this.printer, [...earlier, ...stretch], scalars, []));
  }

  private positions(axis: TileAxis, step: string, body: (local: string) => void): void {
    const local = this.printer.name('lane');
    this.printer.block(`for (var ${local} = i32(thread); ${local} < ${this.printer.count(axis)}; ${local} += ${step})`, () => {
      this.printer.declare(axis.name, `${this.printer.index(axis.base)} + ${local}`);
      body(local);
    });
  }

  private axisOf(...lists: readonly (readonly Statement[])[]): TileAxis {
    const find = (statements: readonly Statement[]): TileAxis | undefined => {
      for (const s of statements) {
        const found = s.is === 'tile' || s.is === 'read' || s.is === 'map' ? s.axes[0] : s.is === 'loop' ? find(s.body) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
    for (const list of lists) {
      const found = find(list);
      if (found !== undefined) return found;
    }
    throw new RangeError(`kernel ${this.printer.kernel.key}: a stretch without a vector axis`);
  }

  private shared(element: Element, use = 'partial'): string {
    this.partials.add(`var<workgroup> ${use}_${element}: array<${element}, ${threads}>;`);
    return `${use}_${element}`;
  }

  /** Partial j mod lanes in thread j, then the fixed tree: the order of `fold` in values/kernel.ts. */
  private fold(s: Fold, scalars: Scope, known: readonly Statement[]): void {
    const { printer } = this;
    const shared = this.shared(s.element);
    const sum = printer.name('partial');
    const axis = this.axisOf(neededFor(known, [s.source], scalars), known);
    printer.line(`var ${sum} = ${startOf(s.combine, s.element)};`);
    const blocked = s.combine === 'sum' && s.element === 'f32';
    if (blocked) printer.line(`var total_${sum} = 0.0; var rest_${sum} = 0.0;`);
    printer.block(`if (thread < ${s.lanes}u)`, () => {
      this.positions(axis, `${s.lanes}i`, (local) => {
        if (blocked) {
          printer.block(`if (${local} >= ${foldBlock} && ${local} % ${foldBlock} < ${s.lanes})`, () => {
            printer.line(`let sum = two_sum(total_${sum}, ${sum});`);
            printer.line(`total_${sum} = sum.x; rest_${sum} += sum.y; ${sum} = 0.0;`);
          });
        }
        const value = pointOf(printer, known, scalars, [s.source]).get(s.source)!;
        printer.line(`${sum} = ${combined(s.combine, sum, value.text, s.element)};`);
      });
      if (blocked) printer.line(`${sum} = total_${sum} + ${sum} + select(rest_${sum}, 0.0, is_nan(rest_${sum}));`);
    });
    printer.line(`${shared}[thread] = ${sum};`);
    printer.line('workgroupBarrier();');
    printer.block(`for (var half = ${s.lanes / 2}u; half > 0u; half /= 2u)`, () => {
      const whole = `${shared}[thread] = ${combined(s.combine, `${shared}[thread]`, `${shared}[thread + half]`, s.element)};`;
      printer.block('if (thread < half)', () => printer.line(whole));
      printer.line('workgroupBarrier();');
    });
    const name = printer.name(s.tile);
    printer.line(`let ${name} = ${shared}[0];`);
    printer.line('workgroupBarrier();');
    scalars.set(s.tile, { text: name, element: s.element });
  }

  /** Repeated selection: the greatest that comes after the last one chosen in the order (value falling, position rising). */
  private argTop(s: ArgTop, scalars: Scope, known: readonly Statement[]): void {
    const { printer } = this;
    if (s.axis.extent === 'whole') throw new RangeError(`kernel ${printer.kernel.key}: the greatest of a row are a fixed number`);
    const axis = this.axisOf(neededFor(known, [s.source], scalars), known);
    const element = known.flatMap((made) => ('element' in made && 'tile' in made && made.tile === s.source ? [made.element] : []))[0];
    const [values, places] = [this.shared('i32', 'value'), this.shared('i32', 'place')];
    const count = printer.count(s.axis);
    const top = printer.name('top');
    printer.line(`var ${top}: array<i32, ${s.axis.extent}>;`);
    printer.line('var last: i32;');
    printer.line('var last_place = -1i;');
    printer.block(`for (var rank = 0i; rank < ${count}; rank++)`, () => {
      printer.line('var best: i32;');
      printer.line('var place = -1i;');
      this.positions(axis, `${threads}i`, (local) => {
        const { text } = pointOf(printer, known, scalars, [s.source]).get(s.source)!;
        const value = printer.name('rank');
        printer.line(`let ${value} = ${element === 'i32' ? text : `rank_of(${text})`};`);
        const later = `(last_place < 0i || ${value} < last || (${value} == last && ${local} > last_place))`;
        printer.block(`if (${later} && (place < 0i || ${value} > best))`, () => {
          printer.line(`best = ${value};`);
          printer.line(`place = ${local};`);
        });
      });
      printer.line(`${values}[thread] = best;`);
      printer.line(`${places}[thread] = place;`);
      printer.line('workgroupBarrier();');
      printer.block(`for (var other = 0u; other < ${threads}u; other++)`, () => {
        const better = `place < 0i || ${values}[other] > best || (${values}[other] == best && ${places}[other] < place)`;
        printer.block(`if (${places}[other] >= 0i && (${better}))`, () => {
          printer.line(`best = ${values}[other];`);
          printer.line(`place = ${places}[other];`);
        });
      });
      printer.line('workgroupBarrier();');
      printer.line(`${top}[rank] = place;`);
      printer.line('last = best;');
      printer.line('last_place = place;');
    });
    scalars.set(s.tile, { text: top, element: 'i32' });
    this.tops.set(s.tile, s.axis);
  }

  private readonly tops = new Map<string, TileAxis>();

  private writeTop(s: Extract<Statement, { is: 'write' }>, scalars: Scope): void {
    const axis = this.tops.get(s.tile)!;
    const { text } = scalars.get(s.tile)!;
    this.printer.block('if (thread == 0u)', () => {
      this.printer.block(`for (var rank = 0i; rank < ${this.printer.count(axis)}; rank++)`, () => {
        this.printer.declare(axis.name, `${this.printer.index(axis.base)} + rank`);
        this.printer.store(s.to, { text: `${text}[rank]`, element: 'i32' }, false);
      });
    });
  }
}
