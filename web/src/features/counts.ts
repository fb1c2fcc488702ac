// Vote counts as they change.
import type { Message } from '../live/messages';
import { told } from './votes';

/** counts hears what the live connection says of votes. */
export function counts(m: Message): void {
  if (m.kind === 'ranking') told(m.data.videos);
}
