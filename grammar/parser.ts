/** The whole parser: a file of edition, imports and definitions. LL(2); newlines mean nothing to it. */
import { EOF } from 'chevrotain';
import { optional } from './parser-expressions.ts';
import { VariantParser } from './parser-variants.ts';
import { Identifier, Integer, sign, Text, word } from './tokens.ts';
import type * as tree from './tree.ts';

type FileContents = Pick<tree.File, 'edition' | 'uses' | 'items' | 'place'>;

export class BondParser extends VariantParser {
  readonly contents = this.rule('contents', (): FileContents => {
    const start = this.LA(1);
    const uses: tree.Use[] = [];
    const items: tree.FileItem[] = [];
    const edition = this.OPTION(() => this.SUBRULE(this.edition));
    this.MANY(() =>
      this.either(
        () => keep(uses, this.SUBRULE(this.use)),
        () => keep(items, this.SUBRULE(this.definition)),
      ),
    );
    this.CONSUME(EOF);
    return { ...optional({ edition }), uses, items, place: this.place(start) };
  });

  readonly edition = this.item('edition', (): NonNullable<tree.File['edition']> => {
    const start = this.CONSUME(word.edition);
    const value = this.count(this.CONSUME(Integer));
    return { value, place: this.place(start) };
  });

  readonly use = this.item('use', (): tree.Use => {
    const start = this.CONSUME(word.use);
    const from = this.anyOf<tree.Use['from']>(
      'source',
      () => this.SUBRULE(this.usedFile),
      () => this.SUBRULE(this.usedModule),
    );
    const names: tree.Use['names'][number][] = [];
    this.CONSUME(sign['{']);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => names.push(this.SUBRULE(this.usedName)) });
    this.CONSUME(sign['}']);
    return { kind: 'use', from, names, place: this.place(start) };
  });

  readonly usedFile = this.rule('usedFile', (): tree.Use['from'] => {
    const text = this.CONSUME(Text);
    return { path: text.image.slice(1, -1), place: this.placeOf(text) };
  });

  readonly usedModule = this.rule('usedModule', (): tree.Use['from'] => {
    const start = this.LA(1);
    const module: tree.Identifier[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: sign['.'], DEF: () => module.push(this.name(this.CONSUME(Identifier))) });
    return { module, place: this.place(start) };
  });

  readonly usedName = this.rule('usedName', (): tree.Use['names'][number] => {
    const name = this.name(this.CONSUME(Identifier));
    const as = this.OPTION(() => {
      this.CONSUME(word.as);
      return this.name(this.CONSUME2(Identifier));
    });
    return { name, ...optional({ as }) };
  });

  readonly definition = this.item('definition', (): tree.FileItem | undefined =>
    this.either<tree.FileItem | undefined>(
      () => this.SUBRULE(this.layer),
      () => this.SUBRULE(this.topology),
      () => this.SUBRULE(this.variant),
      () => this.SUBRULE(this.fn),
      () => this.SUBRULE(this.let),
    ),
  );

  constructor() {
    super();
    this.performSelfAnalysis();
  }
}

function keep<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}
