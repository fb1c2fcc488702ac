import { sentence } from '../api/problem';
import { num } from '../i18n/format';
import { texts } from '../i18n/lang';
import type { VoteState } from './votes';

export const voteWords = texts(
  {
    login: 'Entra para votar',
    vote: 'Votar',
    pending: 'Enviando…',
    voted: 'Votado',
    own: 'Es tu video',
    closed: 'Votación cerrada',
    early: 'Aún no abre',
    gone: 'Ya no está en votación',
    wait: (s: number) => `Demasiados intentos, vuelve en ${s} s`,
    retry: 'No se pudo. Reintentar',
    of: (title: string) => ` por ${title}`,
    done: 'Tu voto quedó registrado.',
    told: (s: VoteState): string => {
      switch (s.is) {
        case 'voted': return 'Ya habías votado por este video.';
        case 'own': return 'No puedes votar por tu propio video.';
        case 'closed': return 'La votación está cerrada.';
        case 'early': return 'La votación todavía no ha comenzado.';
        case 'gone': return 'Este video ya no está abierto a votación.';
        case 'visitor': return 'Entra para que tu voto cuente.';
        case 'wait': return 'Demasiados intentos; espera un momento.';
        case 'failed': return `El voto no se registró. ${sentence(s.trouble)}`;
        default: return '';
      }
    },
    votes: (n: number) => (n === 1 ? 'voto' : 'votos'),
    counted: (n: number) => `${num(n)} ${n === 1 ? 'voto' : 'votos'}`,
  },
  {
    login: 'Sign in to vote',
    vote: 'Vote',
    pending: 'Sending…',
    voted: 'Voted',
    own: 'Your own video',
    closed: 'Voting is closed',
    early: 'Not open yet',
    gone: 'No longer open for voting',
    wait: (s: number) => `Too many attempts, try again in ${s} s`,
    retry: 'It failed. Try again',
    of: (title: string) => ` for ${title}`,
    done: 'Your vote was recorded.',
    told: (s: VoteState): string => {
      switch (s.is) {
        case 'voted': return 'You had already voted for this video.';
        case 'own': return 'You cannot vote for your own video.';
        case 'closed': return 'Voting is closed.';
        case 'early': return 'Voting has not started yet.';
        case 'gone': return 'This video is no longer open for voting.';
        case 'visitor': return 'Sign in so that your vote counts.';
        case 'wait': return 'Too many attempts; wait a moment.';
        case 'failed': return `The vote was not recorded. ${sentence(s.trouble)}`;
        default: return '';
      }
    },
    votes: (n: number) => (n === 1 ? 'vote' : 'votes'),
    counted: (n: number) => `${num(n)} ${n === 1 ? 'vote' : 'votes'}`,
  },
);
