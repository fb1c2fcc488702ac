// An address that leads nowhere.
import { link } from '../base/route';
import { texts } from '../i18n/lang';
import { Mark } from '../ui/icons';
import { Title } from '../ui/parts';

const words = texts(
  { title: 'Fuera de la cancha', sub: 'Esa página no existe o cambió de lugar.', go: 'Ver los videos', home: 'Ir al inicio' },
  { title: 'Out of bounds', sub: 'That page does not exist or has moved.', go: 'See the videos', home: 'Go to the start page' },
);

export default function Missing() {
  const w = words();
  return (
    <div class="wrap narrow center">
      <Mark size={72} />
      <Title sub={w.sub}>{w.title}</Title>
      <p class="buttons"><a class="btn" href={link('videos')}>{w.go}</a> <a class="btn btn-quiet" href={link('home')}>{w.home}</a></p>
    </div>
  );
}
