// Asks for the reason of an act, does it, and says what came of it. What was typed stays when it fails.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { troubleOf, type Trouble } from '../../api/problem';
import { say } from '../../base/say';
import { Dialog, Notice } from '../../ui/parts';
import { Area } from './Area';
import { organiserWords } from './text';

export const reasonLimits = { least: 3, most: 500 } as const; // characters

/** oneLine is a reason as it goes on record. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** goodReason tells whether a reason is one that the server takes. */
export function goodReason(text: string): boolean {
  const n = [...oneLine(text)].length;
  return n >= reasonLimits.least && n <= reasonLimits.most;
}

export interface Asked {
  title: string;
  what: ComponentChildren;
  go: string; // what the button says
  act: (reason: string) => Promise<string>; // resolves with what to say
}

export function ReasonDialog({ asked, onClose }: { asked: Asked | null; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const w = organiserWords();
  const close = () => {
    setTrouble(null);
    setTried(false);
    setReason('');
    onClose();
  };
  const run = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!asked || busy || !goodReason(reason)) return;
    setBusy(true);
    setTrouble(null);
    try {
      say(await asked.act(oneLine(reason)));
      close();
    } catch (cause) {
      setTrouble(troubleOf(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={asked !== null} title={asked?.title ?? ''} onClose={close}>
      <form class="form" onSubmit={run} noValidate>
        <p>{asked?.what}</p>
        <Reason value={reason} onValue={setReason} error={tried && !goodReason(reason) ? w.reasonNeeded : undefined} />
        {trouble && <Notice trouble={trouble} />}
        <p class="buttons">
          <button type="button" class="btn btn-quiet" onClick={close}>{w.cancel}</button>
          <button type="submit" class="btn" aria-disabled={busy ? 'true' : undefined}>{busy ? w.doing : asked?.go}</button>
        </p>
      </form>
    </Dialog>
  );
}

/** Reason is the field that every act needs. */
export function Reason({ value, onValue, error }: { value: string; onValue: (v: string) => void; error?: string | undefined }) {
  const w = organiserWords();
  return <Area name="reason" label={w.reason} hint={w.reasonHint} rows={2} maxLength={reasonLimits.most} value={value} onValue={onValue} error={error} />;
}
