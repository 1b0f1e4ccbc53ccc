/** Variants and their changes (docs/language.md, grammar). */
import { optional } from './parser-expressions.ts';
import { TrainingParser } from './parser-training.ts';
import { Identifier, Integer, sign, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class VariantParser extends TrainingParser {
  readonly variant = this.rule('variant', (): tree.Variant | undefined => {
    const start = this.LA(1);
    const head = this.SUBRULE(this.variantHead);
    const changes: tree.Change[] = [];
    this.CONSUME(sign['{']);
    this.MANY(() => {
      const change = this.SUBRULE(this.change);
      if (change !== undefined) changes.push(change);
    });
    this.CONSUME(sign['}']);
    return head && { kind: 'variant', ...head, changes, place: this.place(start) };
  });

  readonly variantHead = this.head('variantHead', (): Omit<tree.Variant, 'kind' | 'changes' | 'place'> => {
    this.CONSUME(word.variant);
    const name = this.name(this.CONSUME(Identifier));
    const options = this.OPTION(() => this.SUBRULE(this.options)) ?? [];
    const base = this.OPTION2(() =>
      this.either<Pick<tree.Variant, 'of' | 'target'>>(
        () => this.SUBRULE(this.ofModel),
        () => this.SUBRULE(this.toTarget),
      ),
    );
    return { name, options, ...base };
  });

  readonly ofModel = this.rule('ofModel', (): Pick<tree.Variant, 'of'> => {
    this.CONSUME(word.of);
    const name = this.name(this.CONSUME(Identifier));
    const args = this.OPTION(() => this.SUBRULE(this.args));
    return { of: { name, ...optional({ args }) } };
  });

  readonly toTarget = this.rule('toTarget', (): Pick<tree.Variant, 'target'> => {
    this.CONSUME(word.to);
    return { target: this.name(this.CONSUME(Identifier)) };
  });

  readonly change = this.item(
    'change',
    (): tree.Change =>
      this.either<tree.Change>(
        () => this.SUBRULE(this.untie),
        () => this.SUBRULE(this.wrap),
        () => this.SUBRULE(this.replace),
        () => this.SUBRULE(this.apply),
        () => this.SUBRULE(this.decompose),
        () => this.SUBRULE(this.adapt),
        () => this.SUBRULE(this.share),
        () => this.SUBRULE(this.tie),
        () => this.SUBRULE(this.init),
        () => this.SUBRULE(this.freeze),
        () => this.SUBRULE(this.keep),
        () => this.SUBRULE(this.learn),
        () => this.SUBRULE(this.train),
        () => this.SUBRULE(this.squeeze),
        () => this.SUBRULE(this.grow),
        () => this.SUBRULE(this.let),
        () => this.SUBRULE(this.require),
      ),
  );

  readonly untie = this.rule('untie', (): tree.Untie => {
    const start = this.CONSUME(word.untie);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.over);
    return { kind: 'untie', selection, over: this.name(this.CONSUME(Identifier)), place: this.place(start) };
  });

  readonly wrap = this.rule('wrap', (): tree.Wrap => {
    const start = this.CONSUME(word.wrap);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.in);
    return { kind: 'wrap', selection, wrapper: this.SUBRULE(this.reference), place: this.place(start) };
  });

  readonly replace = this.rule('replace', (): tree.Replace => {
    const start = this.CONSUME(word.replace);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.with);
    return { kind: 'replace', selection, with: this.SUBRULE(this.reference), place: this.place(start) };
  });

  readonly apply = this.rule('apply', (): tree.Apply => {
    const start = this.CONSUME(word.apply);
    const recipe = this.name(this.CONSUME(Identifier));
    const args = this.OPTION(() => this.SUBRULE(this.args));
    const to = this.OPTION2(() => {
      this.CONSUME(word.to);
      return this.SUBRULE(this.selection);
    });
    return { kind: 'apply', recipe, ...optional({ args, to }), place: this.place(start) };
  });

  readonly decompose = this.rule('decompose', (): tree.Decompose => {
    const start = this.CONSUME(word.decompose);
    const selection = this.SUBRULE(this.selection);
    const over = this.OPTION(() => this.SUBRULE(this.overVariables));
    const as = this.SUBRULE(this.terms);
    const to = this.OPTION2(() => this.SUBRULE(this.truncation));
    const by = this.OPTION4(() => this.SUBRULE(this.criterion));
    const choosing = this.OPTION3(() => this.SUBRULE(this.choosing));
    return { kind: 'decompose', selection, ...optional({ over }), as, ...optional({ to, by, choosing }), place: this.place(start) };
  });

  readonly overVariables = this.rule('overVariables', (): readonly tree.Identifier[] => {
    const over: tree.Identifier[] = [];
    this.CONSUME(word.over);
    this.AT_LEAST_ONE_SEP({ SEP: sign[','], DEF: () => over.push(this.name(this.CONSUME(Identifier))) });
    return over;
  });

  readonly criterion = this.rule('criterion', (): tree.Criterion => {
    const start = this.CONSUME(word.by);
    const first = this.name(this.CONSUME(Identifier));
    const second = this.OPTION(() => {
      this.CONSUME(word.and);
      return this.name(this.CONSUME2(Identifier));
    });
    return { first, ...optional({ second }), place: this.place(start) };
  });

  readonly truncation = this.rule('truncation', (): tree.Truncation => {
    const start = this.CONSUME(word.to);
    const measure = this.either(
      () => this.CONSUME(word.error),
      () => this.CONSUME(word.energy),
      () => this.CONSUME(word.share),
      () => this.CONSUME(word.loss),
    ).image as tree.Truncation['measure'];
    const value = this.SUBRULE(this.sum);
    const of = this.OPTION(() => {
      this.CONSUME(word.of);
      return this.name(this.CONSUME(Identifier));
    });
    return { measure, value, ...optional({ of }), place: this.place(start) };
  });

  readonly choosing = this.rule('choosing', (): NonNullable<tree.Decompose['choosing']> => {
    const start = this.CONSUME(word.choosing);
    const count = this.count(this.CONSUME(Integer));
    this.CONSUME(word.over);
    const over = this.name(this.CONSUME(Identifier));
    this.CONSUME(word.by);
    const criterion = this.name(this.CONSUME2(Identifier));
    const clock = this.OPTION(() => {
      const every = this.SUBRULE(this.every);
      this.CONSUME(word.until);
      return { every, until: this.count(this.CONSUME2(Integer)) };
    });
    return { count, over, criterion, ...clock, place: this.place(start) };
  });

  readonly adapt = this.rule('adapt', (): tree.Adapt => {
    const start = this.CONSUME(word.adapt);
    const selection = this.SUBRULE(this.selection);
    const over = this.OPTION(() => this.SUBRULE(this.overVariables));
    this.CONSUME(word.with);
    const reference = this.SUBRULE(this.reference);
    const scale = this.OPTION2(() => this.SUBRULE(this.scaledBy));
    const named = this.OPTION3(() => {
      this.CONSUME(word.named);
      return this.name(this.CONSUME(Identifier));
    });
    return { kind: 'adapt', selection, ...optional({ over }), with: reference, ...optional({ scale, named }), place: this.place(start) };
  });

  readonly share = this.rule('share', (): tree.Share => {
    const start = this.CONSUME(word.share);
    const selection = this.SUBRULE(this.selection);
    const over = this.SUBRULE(this.overVariables);
    const groups = this.OPTION(() => {
      this.CONSUME(word.in);
      this.CONSUME(word.groups);
      return this.SUBRULE(this.sum);
    });
    const from = this.OPTION2(() => {
      this.CONSUME(word.from);
      return this.name(this.CONSUME(Identifier));
    });
    return { kind: 'share', selection, over, ...optional({ groups, from }), place: this.place(start) };
  });

  readonly tie = this.rule('tie', (): tree.Tie => {
    const start = this.CONSUME(word.tie);
    const left = this.SUBRULE(this.choice);
    this.CONSUME(sign['=']);
    const right = this.SUBRULE2(this.choice);
    return { kind: 'tie', left, right, place: this.place(start) };
  });
}
