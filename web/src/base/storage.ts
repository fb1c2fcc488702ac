// The browser's storage, which may be full, forbidden or absent: then things are remembered until the page is closed.

interface Shelf {
  get(key: string): string | null;
  set(key: string, value: string): void;
  drop(key: string): void;
}

function shelf(name: 'localStorage' | 'sessionStorage'): Shelf {
  const spare = new Map<string, string>();
  const real = (): Storage | null => {
    try {
      return window[name];
    } catch {
      return null;
    }
  };
  return {
    get(key) {
      try {
        return real()?.getItem(`showcase.${key}`) ?? spare.get(key) ?? null;
      } catch {
        return spare.get(key) ?? null;
      }
    },
    set(key, value) {
      spare.set(key, value);
      try {
        real()?.setItem(`showcase.${key}`, value);
      } catch {
        // Remembered above until the page is closed.
      }
    },
    drop(key) {
      spare.delete(key);
      try {
        real()?.removeItem(`showcase.${key}`);
      } catch {
        // Nothing was kept there.
      }
    },
  };
}

/** kept survives the browser's end. */
export const kept = shelf('localStorage');

/** tab ends with the tab. */
export const tab = shelf('sessionStorage');
