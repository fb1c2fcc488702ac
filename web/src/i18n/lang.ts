// The language: Spanish first, English beside it, remembered. A text is a pair whose two sides have the same shape, and
// lives beside the part of the site that says it.
import { effect, signal } from '@preact/signals';
import { kept } from '../base/storage';

export type Lang = 'es' | 'en';

/** lang is the language in use. */
export const lang = signal<Lang>(kept.get('lang') === 'en' ? 'en' : 'es');

effect(() => {
  document.documentElement.lang = lang.value;
});

/** speak changes the language and remembers it. */
export function speak(next: Lang): void {
  lang.value = next;
  kept.set('lang', next);
}

// Same is the shape of a text: what is a sentence in Spanish is one in English, with the same arguments.
type Same<T> = {
  readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...args: infer A) => string ? (...args: A) => string : Same<T[K]>;
};

/** texts makes a function that answers the side in use. */
export function texts<T>(es: T, en: Same<T>): () => Same<T> {
  const both = { es: es as Same<T>, en };
  return () => both[lang.value];
}
