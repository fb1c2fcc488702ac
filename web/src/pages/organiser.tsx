// The organisers' page: the contest, its entries, its machinery, and what was done by whom.
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { signedIn } from '../api/session';
import { link, place } from '../base/route';
import { me } from '../features/mine';
import { Acts } from '../features/organiser/Acts';
import { ContestForm } from '../features/organiser/ContestForm';
import { Entries } from '../features/organiser/Entries';
import { System } from '../features/organiser/System';
import { organiserWords } from '../features/organiser/text';
import { SignInFirst } from '../features/SignInFirst';
import { Empty, Load, Title } from '../ui/parts';
import '../styles/organiser.css';

const views = { concurso: ContestForm, videos: Entries, sistema: System, actos: Acts } satisfies Record<string, ComponentType>;
type View = keyof typeof views;

export default function Organiser() {
  const w = organiserWords();
  const asked = place.value.query.get('ver') ?? '';
  const view: View = asked in views ? asked as View : 'concurso';
  useEffect(() => {
    if (signedIn.value) void me.load();
  }, [signedIn.value]);
  const Shown = views[view];
  return (
    <div class="wrap medium">
      <Title sub={w.sub}>{w.title}</Title>
      {!signedIn.value ? <SignInFirst back={link('organiser', { ver: view })}>{w.needed}</SignInFirst> : (
        <Load of={me} skeleton={<div class="bone bone-row" />}>
          {(m) => m.role !== 'organiser' ? <Empty icon="lock" action={<a class="btn" href={link('home')}>{w.home}</a>}>{w.not}</Empty> : (
            <>
              <nav class="chips chips-few" aria-label={w.tabs}>
                <ul>
                  {(Object.keys(views) as View[]).map((v) => (
                    <li key={v}><a class="chip" href={link('organiser', { ver: v })} aria-current={v === view ? 'page' : undefined}>{w.views[v]}</a></li>
                  ))}
                </ul>
              </nav>
              <div class="organiser"><Shown key={view} /></div>
            </>
          )}
        </Load>
      )}
    </div>
  );
}
