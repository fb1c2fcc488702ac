// Cities to choose from, as links: the choice is in the address, so it can be shared and taken back.
import { useEffect, useRef } from 'preact/hooks';
import { folded } from '../i18n/format';
import { texts } from '../i18n/lang';
import { cities } from './cities';

const words = texts({ label: 'Ciudad', all: 'Todo el país' }, { label: 'City', all: 'Whole country' });

export function CityChips({ chosen, href }: { chosen: string; href: (city: string) => string }) {
  useEffect(() => {
    if (!cities.data.value) void cities.load();
  }, []);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const mark = bar.current?.querySelector<HTMLElement>('[aria-current]');
    if (bar.current && mark) bar.current.scrollLeft = mark.offsetLeft - (bar.current.clientWidth - mark.offsetWidth) / 2;
  }, [chosen, cities.data.value]);
  const names = (cities.data.value ?? []).map((c) => c.city);
  const known = names.some((n) => folded(n) === folded(chosen));
  const all = chosen && !known ? [chosen, ...names] : names;
  return (
    <nav ref={bar} class="chips" aria-label={words().label}>
      <ul>
        <li><a class="chip" href={href('')} aria-current={chosen ? undefined : 'true'}>{words().all}</a></li>
        {all.map((name) => (
          <li key={name}><a class="chip" href={href(name)} aria-current={folded(name) === folded(chosen) ? 'true' : undefined}>{name}</a></li>
        ))}
      </ul>
    </nav>
  );
}
