import { num } from '../../i18n/format';
import { texts } from '../../i18n/lang';

export const organiserWords = texts(
  {
    title: 'Organización', sub: 'Lo que haces aquí queda anotado con tu nombre y el motivo.', needed: 'Entra con una cuenta de la organización.',
    not: 'Esta página es de la organización. Tu cuenta es de jugador.', home: 'Ir al inicio', tabs: 'Partes',
    views: { concurso: 'Concurso', videos: 'Videos', sistema: 'Sistema', actos: 'Actos' },
    reason: 'Motivo', reasonHint: 'De 3 a 500 caracteres. Queda en el registro.', reasonNeeded: 'Escribe el motivo, de 3 a 500 caracteres.', cancel: 'Cancelar', doing: 'Un momento…',
    // contest
    before: (d: string) => `La votación abre el ${d}`, open: (d: string) => `La votación está abierta hasta el ${d}`, over: (d: string) => `La votación cerró el ${d}`,
    openNow: 'Abrir la votación ahora', closeNow: 'Cerrar la votación ahora',
    openWhat: 'Desde este momento se aceptan votos, hasta la fecha de cierre.', reopenWhat: 'La votación cerró. Para volver a abrirla, pon una fecha de cierre posterior y guarda.',
    closeWhat: 'Desde este momento no se acepta ningún voto más. Los anotados siguen contando.',
    settings: 'Ajustes', name: 'Nombre', opens: 'Abre', closes: 'Cierra', zone: (z: string) => `En la hora de este navegador (${z}).`, goal: 'Meta de votos por jugador', finalists: 'Finalistas por ciudad',
    cities: 'Ciudades', citiesHint: 'Una por línea.', save: 'Guardar los ajustes', saved: 'Los ajustes quedaron guardados.',
    version: (n: number) => `Versión ${num(n)}`, changed: 'Otra persona cambió los ajustes mientras tanto. Lo que escribiste sigue aquí; compara con lo de ahora antes de guardar.', current: 'Ver los ajustes de ahora', keepMine: 'Los vi: seguir con lo mío', order: 'El cierre debe ser después de la apertura.',
    whole: (n: number) => `Un número entero desde ${num(n)}.`, required: 'Este campo es obligatorio.',
    // entries
    stage: 'Etapa', anyStage: 'Todas', city: 'Ciudad', anyCity: 'Todas', search: 'Buscar título o jugador', found: (n: number) => (n === 1 ? '1 video' : `${num(n)} videos`),
    none: 'Ningún video coincide.', clear: 'Quitar los filtros', attempts: (n: number) => (n === 1 ? '1 intento' : `${num(n)} intentos`), private: 'privado', watch: 'Ver el clip',
    reprocess: 'Procesar de nuevo', reprocessOf: (t: string) => `Procesar de nuevo ${t}`, reprocessWhat: (t: string) => `El original de «${t}» vuelve a la cola.`, reprocessed: 'El video volvió a la cola.',
    withdraw: 'Retirar', withdrawOf: (t: string) => `Retirar ${t}`, withdrawWhat: (t: string) => `«${t}» sale de la lista y del ranking. Su dueño ve el motivo. Los votos quedan en el registro.`, withdrawn: 'El video fue retirado.',
    earlier: 'Anteriores', later: 'Siguientes', page: (n: number, of: number) => `Página ${num(n)} de ${num(of)}`,
    // system
    log: 'Anotaciones en el registro', projections: 'Lecturas', projection: 'Lectura', position: 'Va en', behind: 'Le faltan', queues: 'Colas', queue: 'Cola', waiting: 'En espera', flying: 'En curso', dead: 'Apartados',
    redrive: 'Devolver a la cola', redriveOf: (q: string) => `Devolver los apartados de ${q}`, redriveWhat: (q: string, n: number) => `${num(n)} ${n === 1 ? 'mensaje apartado vuelve' : 'mensajes apartados vuelven'} a la cola ${q}.`, moved: (n: number) => (n === 1 ? '1 mensaje volvió a la cola.' : `${num(n)} mensajes volvieron a la cola.`),
    names: { transcode: 'Procesar videos', ranking: 'Ranking', dashboard: 'Paneles', accounts: 'Cuentas', gallery: 'Videos' } as Record<string, string>,
    fresh: 'se actualiza solo', stopped: 'detenida ante una anotación que no puede leer', unreachable: 'no responde', system: 'el sistema', deadHint: 'Mensajes que fallaron demasiadas veces y esperan a una persona.',
    // acts
    event: (n: string) => `evento ${n}`, subject: 'Sobre', noActs: 'Todavía no hay actos anotados.', moreActs: 'Mostrar más',
    acts: { 'contest.changed': 'Cambió el concurso', 'contest.created': 'Creó el concurso', 'video.withdrawn': 'Retiró un video', 'video.reprocess-ordered': 'Mandó procesar de nuevo', 'queue.redrive-ordered': 'Devolvió mensajes a la cola', 'account.role-granted': 'Dio el papel de organizador', 'account.role-revoked': 'Quitó el papel de organizador', 'ballots.voided': 'Anuló votos', 'ballots.reinstated': 'Restituyó votos' },
  },
  {
    title: 'Organisers', sub: 'What you do here goes on record with your name and the reason.', needed: 'Sign in with an organiser’s account.',
    not: 'This page is for the organisers. Yours is a player’s account.', home: 'Go to the start page', tabs: 'Parts',
    views: { concurso: 'Contest', videos: 'Videos', sistema: 'System', actos: 'Acts' },
    reason: 'Reason', reasonHint: '3 to 500 characters. It goes on record.', reasonNeeded: 'Write the reason, 3 to 500 characters.', cancel: 'Cancel', doing: 'One moment…',
    before: (d: string) => `Voting opens on ${d}`, open: (d: string) => `Voting is open until ${d}`, over: (d: string) => `Voting closed on ${d}`,
    openNow: 'Open voting now', closeNow: 'Close voting now',
    openWhat: 'From this moment votes are taken, until the closing date.', reopenWhat: 'Voting is over. To open it again, set a later closing date and save.',
    closeWhat: 'From this moment no further vote is taken. Those on record still count.',
    settings: 'Settings', name: 'Name', opens: 'Opens', closes: 'Closes', zone: (z: string) => `In this browser’s time (${z}).`, goal: 'Vote goal per player', finalists: 'Finalists per city',
    cities: 'Cities', citiesHint: 'One per line.', save: 'Save the settings', saved: 'The settings were saved.',
    version: (n: number) => `Version ${num(n)}`, changed: 'Somebody else changed the settings meanwhile. What you typed is still here; compare it with the current ones before saving.', current: 'See the current settings', keepMine: 'Seen: go on with mine', order: 'It must close after it opens.',
    whole: (n: number) => `A whole number from ${num(n)}.`, required: 'This field is required.',
    stage: 'Stage', anyStage: 'All', city: 'City', anyCity: 'All', search: 'Search title or player', found: (n: number) => (n === 1 ? '1 video' : `${num(n)} videos`),
    none: 'No video matches.', clear: 'Clear the filters', attempts: (n: number) => (n === 1 ? '1 attempt' : `${num(n)} attempts`), private: 'private', watch: 'Watch the clip',
    reprocess: 'Process again', reprocessOf: (t: string) => `Process ${t} again`, reprocessWhat: (t: string) => `The original of “${t}” goes back into the queue.`, reprocessed: 'The video went back into the queue.',
    withdraw: 'Withdraw', withdrawOf: (t: string) => `Withdraw ${t}`, withdrawWhat: (t: string) => `“${t}” leaves the list and the ranking. Its owner sees the reason. The votes stay on record.`, withdrawn: 'The video was withdrawn.',
    earlier: 'Previous', later: 'Next', page: (n: number, of: number) => `Page ${num(n)} of ${num(of)}`,
    log: 'Entries in the log', projections: 'Projections', projection: 'Projection', position: 'Position', behind: 'Behind', queues: 'Queues', queue: 'Queue', waiting: 'Waiting', flying: 'In flight', dead: 'Dead letters',
    redrive: 'Back to the queue', redriveOf: (q: string) => `Send the dead letters of ${q} back`, redriveWhat: (q: string, n: number) => `${num(n)} dead ${n === 1 ? 'letter goes' : 'letters go'} back to the queue ${q}.`, moved: (n: number) => (n === 1 ? '1 message went back to the queue.' : `${num(n)} messages went back to the queue.`),
    names: { transcode: 'Process videos', ranking: 'Ranking', dashboard: 'Panels', accounts: 'Accounts', gallery: 'Videos' } as Record<string, string>,
    fresh: 'updates by itself', stopped: 'stopped before an entry that it cannot read', unreachable: 'does not answer', system: 'the system', deadHint: 'Messages that failed too often and wait for a person.',
    event: (n: string) => `event ${n}`, subject: 'About', noActs: 'No acts on record yet.', moreActs: 'Show more',
    acts: { 'contest.changed': 'Changed the contest', 'contest.created': 'Created the contest', 'video.withdrawn': 'Withdrew a video', 'video.reprocess-ordered': 'Had a video processed again', 'queue.redrive-ordered': 'Sent messages back to the queue', 'account.role-granted': 'Made an organiser', 'account.role-revoked': 'Ended being an organiser', 'ballots.voided': 'Voided ballots', 'ballots.reinstated': 'Reinstated ballots' },
  },
);
