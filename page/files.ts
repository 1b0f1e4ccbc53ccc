/** Files that a person opens and keeps. */
import { element, thousands } from './elements.ts';

/** Undefined where nothing was chosen. */
export function openFile(accept: string): Promise<File | undefined> {
  const input = element('input', { type: 'file', accept, hidden: '', 'aria-label': 'File to open' });
  document.body.append(input);
  return new Promise((resolve) => {
    const chosen = (file: File | undefined) => {
      input.remove();
      resolve(file);
    };
    input.addEventListener('change', () => chosen(input.files?.[0]));
    input.addEventListener('cancel', () => chosen(undefined));
    input.click();
  });
}

export function download(name: string, content: Uint8Array | string): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart]));
  const link = element('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A sentence where a file is larger than the page takes. */
export function tooLarge({ name, size }: File, most: number): string | undefined {
  if (size <= most) return undefined;
  return `${name} has ${thousands(size)} bytes, at most ${thousands(most)} are taken here; nothing was changed`;
}
