// The frame around every page: bars, the place where the page goes, what is said aloud, and what happens when the page
// changes.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { signedIn } from './api/session';
import { online } from './base/online';
import { organises } from './base/role';
import { link, place } from './base/route';
import { said } from './base/say';
import { lang, speak, type Lang } from './i18n/lang';
import Home from './pages/home';
import Login from './pages/login';
import Ranking from './pages/ranking';
import Video from './pages/video';
import Videos from './pages/videos';
import { shellWords } from './shell-text';
import type { PageKey } from './site';
import { Icon, Mark, type IconName } from './ui/icons';
import { Empty, Waiting } from './ui/parts';

// What a voter sees comes with the first script; the rest is loaded when it is wanted.
const pages: Partial<Record<PageKey, ComponentType>> = { home: Home, videos: Videos, video: Video, ranking: Ranking, login: Login };

const loaders: Partial<Record<PageKey, () => Promise<{ default: ComponentType }>>> = {
  upload: () => import('./pages/upload'),
  panel: () => import('./pages/panel'),
  profile: () => import('./pages/profile'),
  register: () => import('./pages/register'),
  count: () => import('./pages/count'),
  organiser: () => import('./pages/organiser'),
  missing: () => import('./pages/missing'),
};

interface Shown {
  page: PageKey;
  Page: ComponentType | null; // null when its script could not be loaded
}

const shown = signal<Shown | null>(start());

function start(): Shown | null {
  const page = place.value.page;
  const Page = pages[page];
  return Page ? { page, Page } : null;
}

let opened = false;

async function open(page: PageKey): Promise<void> {
  const first = !opened;
  opened = true;
  let Page = pages[page] ?? null;
  try {
    if (!Page) pages[page] = Page = (await loaders[page]!()).default;
  } catch {
    // The network is gone, or a new version of the site took the place of this one: the frame says so.
  }
  if (place.value.page !== page) return; // somebody went on meanwhile
  shown.value = { page, Page };
  if (!first) requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }));
}

export function App() {
  const page = place.value.page;
  const w = shellWords();
  useEffect(() => {
    void open(page);
  }, [page]);
  useEffect(() => {
    document.title = page === 'home' ? w.contest : `${w.titles[page]} · ${w.contest}`;
  }, [page, lang.value]);
  const now = shown.value;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{w.skip}</a>
      <TopBar />
      {!online.value && <p class="offline" role="status"><Icon name="alert" size={18} /> {w.offline}</p>}
      <main id="main" class="page" tabIndex={-1} data-page={now?.page} aria-busy={now ? undefined : 'true'}>
        {now === null ? <Waiting><div class="wrap"><div class="bone bone-title" /><div class="bone bone-line" /></div></Waiting>
          : now.Page ? <now.Page />
          : <div class="wrap"><Empty icon="alert" action={<button type="button" class="btn" onClick={() => location.reload()}>{w.reload}</button>}>{w.broken}</Empty></div>}
      </main>
      <Footer />
      <TabBar />
      <p class="sr" role="status" aria-live="polite">{said.value}</p>
    </>
  );
}

function skip(event: Event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

interface Tab {
  page: PageKey;
  icon: IconName;
}

const tabs = (): Tab[] => [
  { page: 'videos', icon: 'videos' },
  { page: 'ranking', icon: 'ranking' },
  { page: 'upload', icon: 'upload' },
  signedIn.value ? { page: 'panel', icon: 'panel' } : { page: 'login', icon: 'person' },
];

function TopBar() {
  const w = shellWords();
  const here = place.value.page;
  return (
    <header class="top">
      <div class="top-in">
        <a class="brand" href={link('home')} aria-label={w.contest}>
          <Mark />
          <span class="brand-words" aria-hidden="true"><b>Rising Stars</b><small>ANB Showcase</small></span>
        </a>
        <nav class="top-nav" aria-label={w.menu}>
          {(['videos', 'ranking', 'upload'] as const).map((p) => (
            <a key={p} href={link(p)} aria-current={here === p ? 'page' : undefined}>{w.tabs[p]}</a>
          ))}
          {signedIn.value && <a href={link('panel')} aria-current={here === 'panel' ? 'page' : undefined}>{w.tabs.panel}</a>}
          {signedIn.value && organises.value && <a href={link('organiser')} aria-current={here === 'organiser' ? 'page' : undefined}>{w.tabs.organiser}</a>}
        </nav>
        <div class="top-end">
          <Language />
          {signedIn.value
            ? <a class="top-me" href={link('profile')} aria-label={w.tabs.profile} aria-current={here === 'profile' ? 'page' : undefined}><Icon name="person" /></a>
            : <a class="btn btn-small top-login" href={link('login')}>{w.tabs.login}</a>}
        </div>
      </div>
    </header>
  );
}

function Language() {
  const w = shellWords();
  const other: Lang = lang.value === 'es' ? 'en' : 'es';
  return (
    <button type="button" class="lang" lang={other} aria-label={w.language} onClick={() => speak(other)}>
      {other.toUpperCase()}
    </button>
  );
}

function TabBar() {
  const w = shellWords();
  const here = place.value.page;
  return (
    <nav class="tabbar" aria-label={w.menu}>
      {tabs().map((t) => (
        <a key={t.page} href={link(t.page)} aria-current={here === t.page ? 'page' : undefined}>
          <Icon name={t.icon} size={22} /><span>{w.tabs[t.page as keyof typeof w.tabs]}</span>
        </a>
      ))}
    </nav>
  );
}

function Footer() {
  const w = shellWords();
  return (
    <footer class="foot">
      <div class="foot-in">
        <p class="foot-brand"><Mark size={28} /> <span>{w.contest}</span></p>
        <nav aria-label={w.more}>
          <a href={link('count')}>{w.titles.count}</a>
          <a href={link('ranking')}>{w.tabs.ranking}</a>
          {signedIn.value && organises.value && <a href={link('organiser')}>{w.tabs.organiser}</a>}
          {signedIn.value ? <a href={link('profile')}>{w.tabs.profile}</a> : <a href={link('register')}>{w.titles.register}</a>}
        </nav>
        <p class="foot-note">{w.promise}</p>
      </div>
    </footer>
  );
}
