// The site's map: which pages there are, in which directory each lives and what its HTML file says before any script
// runs. The build reads it too, so nothing of the browser may be used here.

export type PageKey =
  | 'home' | 'videos' | 'video' | 'ranking' | 'upload' | 'panel' | 'profile' | 'login' | 'register' | 'count' | 'organiser' | 'missing';

export interface Head {
  page: PageKey;
  dir: string; // '' for the start page, '404' for the error page
  title: string;
  description: string;
  listed: boolean; // whether search engines should show it
}

const contest = 'ANB Rising Stars Showcase';

export const heads: readonly Head[] = [
  { page: 'home', dir: '', listed: true, title: contest,
    description: 'Sube tu mejor jugada, vota por las de tu ciudad y mira el ranking en vivo, voto a voto.' },
  { page: 'videos', dir: 'videos', listed: true, title: `Videos para votar · ${contest}`,
    description: 'Mira las jugadas de todas las ciudades y vota por las que merecen llegar al torneo.' },
  { page: 'video', dir: 'video', listed: true, title: `Una jugada · ${contest}`,
    description: 'Mira esta jugada y vota por ella.' },
  { page: 'ranking', dir: 'ranking', listed: true, title: `Ranking en vivo · ${contest}`,
    description: 'Quién va ganando en cada ciudad y en todo el país, contado de los votos registrados.' },
  { page: 'upload', dir: 'subir', listed: true, title: `Sube tu video · ${contest}`,
    description: 'Un MP4 de 20 a 60 segundos, al menos 1080p y hasta 100 MB.' },
  { page: 'panel', dir: 'panel', listed: false, title: `Mi panel · ${contest}`, description: 'Tus votos, tus videos y tu lugar en la ciudad.' },
  { page: 'profile', dir: 'perfil', listed: false, title: `Mi perfil · ${contest}`, description: 'Tus datos, tus videos y tu cuenta.' },
  { page: 'login', dir: 'entrar', listed: false, title: `Entrar · ${contest}`, description: 'Entra para votar o subir tu video.' },
  { page: 'register', dir: 'registro', listed: true, title: `Crear cuenta · ${contest}`,
    description: 'Crea tu cuenta para votar o competir.' },
  { page: 'count', dir: 'conteo', listed: true, title: `Cómo se cuentan los votos · ${contest}`,
    description: 'De dónde sale cada número de este sitio y cómo se desempata.' },
  { page: 'organiser', dir: 'organizacion', listed: false, title: `Organización · ${contest}`, description: 'Ajustes, videos y estado del concurso.' },
  { page: 'missing', dir: '404', listed: false, title: `No encontramos esa página · ${contest}`, description: 'La dirección no existe.' },
];

const dirs = new Map(heads.filter((h) => h.dir !== '404').map((h) => [h.dir, h.page]));

/** pageAt is the page of a path below the site's root, such as "ranking/"; "missing" for all others. */
export function pageAt(below: string): PageKey {
  return dirs.get(below.replace(/\/?(index\.html)?$/, '')) ?? 'missing';
}

/** dirOf is a page's directory, with a slash at its end unless it is the start page. */
export function dirOf(page: PageKey): string {
  const dir = heads.find((h) => h.page === page)!.dir;
  return dir === '' ? '' : `${dir}/`;
}
