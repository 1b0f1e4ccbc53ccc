/** The standard library as documents to read, where a definition leads into it. */
import { std } from '../../compiler/std/index.ts';

/** By the path of `bondsmith:/std/nn.bond`. */
export const libraryTexts: ReadonlyMap<string, string> = new Map([...std].map(([module, text]) => [`/std/${module}.bond`, text]));
