// How the count works, in plain words.
import { root } from '../base/root';
import { link } from '../base/route';
import { texts } from '../i18n/lang';
import { Title } from '../ui/parts';

const words = texts(
  {
    title: 'Cómo se cuentan los votos',
    sub: 'Ningún número de este sitio se escribe a mano. Todos salen de un registro que solo crece.',
    parts: [
      ['Cada voto es un hecho anotado', 'Cuando votas, tu voto se escribe al final de un registro, con su número de orden. Nada de lo anotado se cambia ni se borra; una corrección es otra anotación.'],
      ['Un voto por persona y video', 'Puedes votar por muchos videos, una vez por cada uno, y no por el tuyo. Un segundo voto por el mismo video se rechaza en el registro mismo, aunque llegue al mismo instante desde otro teléfono.'],
      ['Los votos son de jugadores', 'El ranking suma los votos de todos los videos públicos de cada jugador. Los jugadores con un video público y sin votos aparecen al final.'],
      ['Los empates los decide el orden', 'Con los mismos votos va primero quien llegó antes a esa cifra: quien tiene el número de orden más bajo en su último voto contado.'],
      ['En vivo quiere decir segundos', 'Los totales siguen al registro con un retraso normal de menos de dos segundos. Junto al ranking ves hasta qué anotación, o evento, está contado.'],
      ['Se puede volver a contar', 'Como el registro está completo, los totales se pueden borrar y calcular otra vez desde el principio: tienen que dar lo mismo.'],
      ['Un voto retirado sigue anotado', 'Si la organización saca votos del conteo, eso es otra anotación, con la regla y el motivo, y también se puede deshacer. Quien dio el voto y quien lo recibió leen el motivo en su panel.'],
      ['Lo que se guarda de ti', 'Tu nombre y tu ciudad se ven junto a tus videos. Tu correo no se muestra. Si eliminas tu cuenta, tus datos personales dejan de poder leerse; los votos que diste siguen contando, sin tu nombre.'],
    ],
    api: 'Los mismos números, para quien quiera revisarlos, están en la', apiLink: 'API pública', see: 'Ver el ranking', licenses: 'Licencias de la letra y de las bibliotecas de este sitio',
  },
  {
    title: 'How votes are counted',
    sub: 'No number on this site is written by hand. They all come from a record that only grows.',
    parts: [
      ['Each vote is a fact on record', 'When you vote, your vote is written at the end of a record, with its number in the order. Nothing on record is changed or deleted; a correction is another entry.'],
      ['One vote per person and video', 'You can vote for many videos, once for each, and not for your own. A second vote for the same video is refused by the record itself, even if it comes in the same instant from another phone.'],
      ['Votes belong to players', 'The ranking adds up the votes of all public videos of each player. Players with a public video and no votes are listed last.'],
      ['The order decides ties', 'With the same votes, whoever got there first is ahead: the one whose last counted vote has the lower number in the order.'],
      ['Live means seconds', 'Totals follow the record with a usual delay of less than two seconds. Beside the ranking you see up to which entry, or event, it is counted.'],
      ['It can be counted again', 'Since the record is complete, the totals can be thrown away and computed again from the start: they must come out the same.'],
      ['A vote that is taken out stays on record', 'If the organisers take votes out of the count, that is another entry, with the rule and the reason, and it can be undone. Whoever gave the vote and whoever received it read the reason on their panel.'],
      ['What is kept of you', 'Your name and city are shown beside your videos. Your e-mail is not shown. If you delete your account, your personal data can no longer be read; the votes you gave still count, without your name.'],
    ],
    api: 'The same numbers, for whoever wants to check them, are in the', apiLink: 'public API', see: 'See the ranking', licenses: 'Licences of this site’s font and libraries',
  },
);

export default function Count() {
  const w = words();
  return (
    <div class="wrap narrow">
      <Title sub={w.sub}>{w.title}</Title>
      <ol class="count-list">
        {w.parts.map(([head, text]) => <li key={head}><h2>{head}</h2><p>{text}</p></li>)}
      </ol>
      <p>{w.api} <a href="/docs" target="_blank" rel="noopener">{w.apiLink}</a>.</p>
      <p><a class="btn" href={link('ranking')}>{w.see}</a></p>
      <p class="fine"><a href={new URL('licenses.txt', root).pathname} target="_blank" rel="noopener">{w.licenses}</a></p>
    </div>
  );
}
