import { texts } from './i18n/lang';

export const shellWords = texts(
  {
    contest: 'ANB Rising Stars Showcase',
    skip: 'Ir al contenido',
    menu: 'Principal',
    more: 'Más',
    language: 'Switch to English',
    offline: 'Sin conexión. Lo que ves es lo último que llegó; seguimos cuando vuelva la red.',
    broken: 'Esta página no se pudo cargar.',
    reload: 'Volver a cargar',
    promise: 'Cada número de este sitio se cuenta de los votos registrados.',
    tabs: { videos: 'Videos', ranking: 'Ranking', upload: 'Subir', panel: 'Mi panel', profile: 'Mi perfil', login: 'Entrar', organiser: 'Organización' },
    titles: {
      home: 'Inicio', videos: 'Videos para votar', video: 'Una jugada', ranking: 'Ranking', upload: 'Sube tu video', panel: 'Mi panel',
      profile: 'Mi perfil', login: 'Entrar', register: 'Crear cuenta', count: 'Cómo se cuentan los votos', organiser: 'Organización', missing: 'No encontramos esa página',
    },
  },
  {
    contest: 'ANB Rising Stars Showcase',
    skip: 'Skip to the content',
    menu: 'Main',
    more: 'More',
    language: 'Cambiar a español',
    offline: 'Offline. This is the last that arrived; it goes on when the network is back.',
    broken: 'This page could not be loaded.',
    reload: 'Reload',
    promise: 'Every number on this site is counted from the votes on record.',
    tabs: { videos: 'Videos', ranking: 'Ranking', upload: 'Upload', panel: 'My panel', profile: 'My profile', login: 'Sign in', organiser: 'Organisers' },
    titles: {
      home: 'Home', videos: 'Videos to vote for', video: 'One play', ranking: 'Ranking', upload: 'Upload your video', panel: 'My panel',
      profile: 'My profile', login: 'Sign in', register: 'Create an account', count: 'How votes are counted', organiser: 'Organisers', missing: 'Page not found',
    },
  },
);
