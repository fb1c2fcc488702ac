// Whether the person who is here is one of the organisers, as far as this browser knows: it decides which links are
// shown. What anybody may do is decided by the server.
import { signal } from '@preact/signals';
import { kept } from './storage';

export const organises = signal(kept.get('organises') === '1');

/** remember keeps it for the next visit. */
export function remember(is: boolean): void {
  organises.value = is;
  if (is) kept.set('organises', '1');
  else kept.drop('organises');
}
