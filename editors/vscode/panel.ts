/** In the panel: draws what the extension sends. */
import { pictureOf } from '../../page/picture.ts';
import type { AroundResult } from './around.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

addEventListener('message', ({ data }: MessageEvent<AroundResult>) => {
  const [first] = data.drawings;
  document.getElementById('name')!.textContent = `${first.path} of ${data.name}`;
  document.getElementById('picture')!.replaceChildren(...data.drawings.map(pictureOf));
});
acquireVsCodeApi().postMessage('ready');
