/**
 * On hosts of static files, which send no headers of ours, a service worker adds those that isolate the page, so that threads can share
 * memory. It takes one reload; where it does not help, the page works with one thread.
 */
const TRIED = 'bondsmith isolated';

/** True while the page is about to be loaded again. */
export async function isolate(): Promise<boolean> {
  if (crossOriginIsolated || !isSecureContext || navigator.serviceWorker === undefined) return false;
  try {
    if (sessionStorage.getItem(TRIED) !== null) return false;
    sessionStorage.setItem(TRIED, 'once');
    await navigator.serviceWorker.register(new URL('./isolation.js', import.meta.url));
    await navigator.serviceWorker.ready;
    location.reload();
    return true;
  } catch {
    // Private windows may have neither; one thread is enough.
    return false;
  }
}
