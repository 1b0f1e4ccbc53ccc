/** A program over a base, with the definitions that it mentions: one file that stands alone. */
import { parse } from '../../../grammar/parse.ts';
import { type Base, modules } from './bases.ts';
import { definitions } from './definitions.ts';

interface Definition {
  readonly name: string;
  readonly text: string;
}
const namePattern = /^(?:topology|layer|model|variant)\s+(\w+)/;

let known: readonly Definition[] | undefined;
/** In the order of the file. */
function allDefinitions(): readonly Definition[] {
  known ??= parse(definitions, 'definitions.bond').file.items.map(({ place }) => {
    const text = definitions.slice(place.from, place.to);
    return { name: namePattern.exec(text)![1]!, text };
  });
  return known;
}

/** `edition 1`, the module of the base if it has one, what `text` and what it mentions mention, and `text`. */
export function standingOn({ name }: Base, text: string): string {
  const wanted = new Set<Definition>();
  const mention = (words: string): void => {
    const used = new Set(words.match(/\w+/g));
    for (const definition of allDefinitions()) {
      if (wanted.has(definition) || !used.has(definition.name)) continue;
      wanted.add(definition);
      mention(definition.text);
    }
  };
  mention(text);
  const module = modules.get(name);
  const own = allDefinitions().filter((definition) => wanted.has(definition));
  const uses = module === undefined ? '' : `use ${module} { ${name} }\n`;
  return `edition 1\n${uses}\n${own.map((definition) => `${definition.text}\n\n`).join('')}${text}`;
}
