// A clip in 16:9: a lazy poster until somebody wants to see it, then the browser's own player.
import { useState } from 'preact/hooks';
import { mediaHref } from '../api/config';
import { playtime } from '../i18n/format';
import { texts } from '../i18n/lang';
import { Icon } from '../ui/icons';

const words = texts(
  {
    play: (title: string) => `Reproducir ${title}`,
    broken: 'El video no se pudo reproducir. Revisa tu conexión e intenta de nuevo.',
    again: 'Reintentar',
  },
  {
    play: (title: string) => `Play ${title}`,
    broken: 'The video could not be played. Check your connection and try again.',
    again: 'Try again',
  },
);

export interface ClipProps {
  title: string;
  src: string;
  poster?: string | undefined;
  posterWebp?: string | undefined;
  seconds?: number; // shown on the poster
  eager?: boolean; // among the first that are seen
  open?: boolean; // with the player at once, still
}

export function Clip(p: ClipProps) {
  const [playing, play] = useState(p.open ?? false);
  const [broken, setBroken] = useState(0);
  const time = p.seconds ? ` ${playtime(p.seconds * 1000)}` : '';
  const poster = p.poster && mediaHref(p.poster);
  if (playing) {
    return (
      <div class="frame">
        <video
          key={broken} class="frame-fill" src={mediaHref(p.src)} poster={poster} controls playsInline
          preload={p.open ? 'metadata' : 'auto'} autoplay={!p.open} aria-label={p.title} onError={() => setBroken(broken | 1)}
        />
        {broken % 2 === 1 && (
          <div class="frame-broken" role="alert">
            <p>{words().broken}</p>
            <button type="button" class="btn btn-small" onClick={() => setBroken(broken + 1)}>{words().again}</button>
          </div>
        )}
      </div>
    );
  }
  return (
    <button type="button" class="frame frame-play" aria-label={words().play(p.title) + time} onClick={() => play(true)}>
      {poster && (
        <picture>
          {p.posterWebp && <source srcset={mediaHref(p.posterWebp)} type="image/webp" />}
          <img class="frame-fill" src={poster} alt="" width={640} height={360} loading={p.eager ? 'eager' : 'lazy'} decoding="async" />
        </picture>
      )}
      {time && <span class="frame-time" aria-hidden="true">{time}</span>}
      <span class="frame-button"><Icon name="play" size={26} /></span>
    </button>
  );
}
