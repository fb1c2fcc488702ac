// The button that the contest is about.
import { useEffect } from 'preact/hooks';
import { advice, sentence } from '../api/problem';
import { link } from '../base/route';
import { now, useNow } from '../base/online';
import { Icon } from '../ui/icons';
import { vote, voteState, waited, type VoteState } from './votes';
import { voteWords } from './vote-text';

export interface VoteButtonProps {
  id: string;
  title: string;
  votes: number;
}

export function VoteButton(p: VoteButtonProps) {
  const state = voteState(p.id);
  if (state.is === 'visitor') {
    const back = link('video', { id: p.id });
    return (
      <a class="btn btn-vote btn-outline" href={link('login', { volver: back })}>
        {voteWords().login}<span class="sr">{voteWords().of(p.title)}</span>
      </a>
    );
  }
  if (state.is === 'wait') return <Cooling id={p.id} until={state.until} />;
  const free = state.is === 'ready' || state.is === 'failed';
  return (
    <>
      <button
        type="button" class={`btn btn-vote vote-${state.is}`} aria-pressed={state.is === 'voted'}
        aria-disabled={free ? undefined : 'true'} onClick={() => free && void vote(p.id, p.votes)}
      >
        {state.is === 'voted' && <Icon name="check" />}
        {state.is === 'closed' || state.is === 'early' ? <Icon name="lock" size={18} /> : null}
        {state.is === 'pending' && <span class="spinner" aria-hidden="true" />}
        <span>{label(state)}</span>
        {free && <span class="sr">{voteWords().of(p.title)}</span>}
      </button>
      {state.is === 'failed' && (
        <p class="vote-why">{sentence(state.trouble)} {advice(state.trouble)}{state.trouble.requestId && <> <code>{state.trouble.requestId}</code></>}</p>
      )}
    </>
  );
}

function label(s: VoteState): string {
  const w = voteWords();
  switch (s.is) {
    case 'visitor': return w.login;
    case 'ready': return w.vote;
    case 'pending': return w.pending;
    case 'voted': return w.voted;
    case 'own': return w.own;
    case 'closed': return w.closed;
    case 'early': return w.early;
    case 'gone': return w.gone;
    case 'wait': return '';
    case 'failed': return w.retry;
  }
}

// Cooling counts down to the moment from which another attempt is taken.
function Cooling({ id, until }: { id: string; until: number }) {
  useNow();
  const left = Math.ceil((until - now.value) / 1000);
  useEffect(() => {
    if (left <= 0) waited(id);
  }, [left <= 0]);
  return (
    <button type="button" class="btn btn-vote vote-wait" aria-disabled="true">
      <Icon name="clock" size={18} /><span>{voteWords().wait(Math.max(1, left))}</span>
    </button>
  );
}
