/** Changes of initial values and of what is trained, masked, squeezed and grown (docs/language.md, grammar). */
import { optional } from './parser-expressions.ts';
import { SelectionParser } from './parser-selections.ts';
import { Identifier, Integer, sign, word } from './tokens.ts';
import type * as tree from './tree.ts';

export class TrainingParser extends SelectionParser {
  readonly scaledBy = this.rule('scaledBy', (): tree.Expression => {
    this.CONSUME(word.scaled);
    this.CONSUME(word.by);
    return this.SUBRULE(this.expression);
  });

  readonly init = this.rule('init', (): tree.Init => {
    const start = this.CONSUME(word.init);
    const selection = this.SUBRULE(this.selection);
    const law = this.OPTION(() => this.SUBRULE(this.lawOfInit));
    const scale = this.OPTION2(() => this.SUBRULE(this.scaledBy));
    return { kind: 'init', selection, ...optional({ law, scale }), place: this.place(start) };
  });

  /** No sum or condition, so that `scaled by` can follow. */
  readonly lawOfInit = this.rule('lawOfInit', (): tree.Law => {
    this.CONSUME(sign['~']);
    const start = this.LA(1);
    const seeded = this.OPTION(() => this.CONSUME(word.seeded)) !== undefined;
    const law = this.SUBRULE(this.postfix);
    return seeded ? { kind: 'seeded', law, place: this.place(start) } : law;
  });

  readonly freeze = this.rule('freeze', (): tree.Freeze => {
    const start = this.CONSUME(word.freeze);
    return { kind: 'freeze', selection: this.SUBRULE(this.selection), place: this.place(start) };
  });

  /** `keep` has two forms, told apart after the selection. */
  readonly keep = this.rule('keep', (): tree.Keep | tree.Orthogonal => {
    const start = this.CONSUME(word.keep);
    const selection = this.SUBRULE(this.selection);
    return this.either<tree.Keep | tree.Orthogonal>(
      () => {
        this.CONSUME(word.where);
        return { kind: 'keep', selection, where: this.SUBRULE(this.expression), place: this.place(start) };
      },
      () => {
        this.CONSUME(word.orthogonal);
        this.CONSUME(word.over);
        return { kind: 'orthogonal', selection, over: this.SUBRULE(this.leg), place: this.place(start) };
      },
    );
  });

  readonly learn = this.rule('learn', (): tree.Learn => {
    const start = this.CONSUME(word.learn);
    this.CONSUME(word.mask);
    this.CONSUME(word.of);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.keep);
    return { kind: 'learn', selection, keep: this.SUBRULE(this.sum), place: this.place(start) };
  });

  readonly train = this.rule('train', (): tree.Train => {
    const start = this.CONSUME(word.train);
    const only = this.OPTION(() => this.CONSUME(word.only)) !== undefined;
    const selection = this.SUBRULE(this.selection);
    const where = this.OPTION2(() => {
      this.CONSUME(word.where);
      return this.SUBRULE(this.expression);
    });
    const probability = this.OPTION3(() => {
      this.CONSUME(word.with);
      this.CONSUME(word.probability);
      return this.SUBRULE(this.sum);
    });
    const turn = this.OPTION4(() => this.SUBRULE(this.inTurn));
    return { kind: 'train', only, selection, ...optional({ where, probability, turn }), place: this.place(start) };
  });

  readonly inTurn = this.rule('inTurn', (): NonNullable<tree.Train['turn']> => {
    this.CONSUME(word.in);
    this.CONSUME(word.turn);
    this.CONSUME(word.over);
    const over = this.name(this.CONSUME(Identifier));
    return { over, every: this.SUBRULE(this.every) };
  });

  readonly squeeze = this.rule('squeeze', (): tree.Squeeze => {
    const start = this.CONSUME(word.squeeze);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.by);
    const by = this.count(this.CONSUME(Integer));
    const criterion = this.OPTION(() => {
      this.CONSUME(word.choosing);
      return this.name(this.CONSUME(Identifier));
    });
    const every = this.OPTION2(() => this.SUBRULE(this.every));
    const condition = this.OPTION3(() => {
      this.CONSUME(word.while);
      return this.SUBRULE(this.comparison);
    });
    const until = this.OPTION4(() => {
      this.CONSUME(word.until);
      return this.SUBRULE2(this.comparison);
    });
    return { kind: 'squeeze', selection, by, ...optional({ criterion, every, while: condition, until }), place: this.place(start) };
  });

  readonly grow = this.rule('grow', (): tree.Grow => {
    const start = this.CONSUME(word.grow);
    const selection = this.SUBRULE(this.selection);
    this.CONSUME(word.by);
    const by = this.count(this.CONSUME(Integer));
    const every = this.OPTION(() => this.SUBRULE(this.every));
    const condition = this.OPTION2(() => {
      this.CONSUME(word.while);
      return this.SUBRULE(this.comparison);
    });
    const until = this.OPTION3(() => {
      this.CONSUME(word.until);
      return this.SUBRULE2(this.comparison);
    });
    return { kind: 'grow', selection, by, ...optional({ every, while: condition, until }), place: this.place(start) };
  });
}
