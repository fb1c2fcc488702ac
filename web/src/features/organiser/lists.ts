// What the organisers' page shows.
import { effect } from '@preact/signals';
import { organiser } from '../../api/organiser';
import { signedIn } from '../../api/session';
import { resource } from '../../base/resource';

export const settings = resource(() => organiser.contest());
export const system = resource(() => organiser.system());

// Nothing of one person may be seen by the next.
effect(() => {
  if (signedIn.value) return;
  settings.set(undefined);
  system.set(undefined);
});
