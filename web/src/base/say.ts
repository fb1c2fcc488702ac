// What a screen reader is told without the focus moving: one sentence at a time, said once.
import { signal } from '@preact/signals';

export const said = signal('');

/** say announces a sentence; the same one again is announced again. */
export function say(sentence: string): void {
  said.value = said.value === sentence ? `${sentence}\u00a0` : sentence;
}
