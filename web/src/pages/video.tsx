// One video: the place that is shared.
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { api } from '../api/api';
import { resource, usePolling } from '../base/resource';
import { absolute, link, place } from '../base/route';
import { Clip } from '../features/Clip';
import { Share } from '../features/Share';
import { VoteButton } from '../features/VoteButton';
import { voteWords } from '../features/vote-text';
import { useContest } from '../features/contest';
import { counts } from '../features/counts';
import { fetched, votesOf } from '../features/votes';
import { from, live, useFresh, useLive } from '../live/live';
import type { Message } from '../live/messages';
import { day, num } from '../i18n/format';
import { lang, texts } from '../i18n/lang';
import { Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    back: 'Todos los videos', city: (c: string) => `Ranking de ${c}`, since: (d: string) => `Subido el ${d}`,
    goneTitle: 'Video no disponible', gone: 'Este video no existe o no está abierto a votación.', see: 'Ver los videos',
    share: (t: string, who: string) => `Mira «${t}» de ${who} y vota en ANB Rising Stars:`, shareTitle: 'Compártelo',
  },
  {
    back: 'All videos', city: (c: string) => `Ranking of ${c}`, since: (d: string) => `Uploaded on ${d}`,
    goneTitle: 'Video not available', gone: 'There is no such video, or it is not open for voting.', see: 'See the videos',
    share: (t: string, who: string) => `Watch “${t}” by ${who} and vote at ANB Rising Stars:`, shareTitle: 'Share it',
  },
);

const every = 5000; // ms, while nothing comes by itself
const seldom = 60_000;

export default function Video() {
  const id = place.value.query.get('id') ?? '';
  const data = useMemo(() => resource(async () => {
    const { video: v, position } = await api.publicVideo(id);
    from(position);
    fetched([v]);
    return v;
  }), [id]);
  useContest();
  const hear = useCallback((m: Message) => {
    counts(m);
    if (m.kind === 'gallery' && (m.data.change === 'missed' || m.data.video_id === id)) void data.load();
  }, [data]);
  useLive(hear);
  useFresh(data.load);
  useEffect(() => {
    if (id) void data.load();
  }, [data]);
  const gone = data.trouble.value?.status === 404;
  usePolling(live.value ? seldom : every, async () => {
    await data.load();
    return !data.trouble.value;
  }, id !== '' && !gone);
  const video = data.data.value;
  useEffect(() => {
    if (video) document.title = `${video.title} · ${video.username} · ANB Rising Stars`;
  }, [video?.title, lang.value]);
  const w = words();
  if (!id || gone) return <div class="wrap narrow"><Title>{w.goneTitle}</Title><Empty icon="videos" action={<a class="btn" href={link('videos')}>{w.see}</a>}>{w.gone}</Empty></div>;
  return (
    <div class="wrap medium watch">
      <p class="crumb"><a href={link('videos')}>{w.back}</a></p>
      <Load of={data} skeleton={<><div class="frame bone" /><div class="bone bone-title" /><div class="bone bone-line" /></>}>
        {(v) => {
          const votes = votesOf(v.video_id, v.votes);
          return (
            <>
              <Clip key={v.video_id} title={v.title} src={v.processed_url} poster={v.poster_url} posterWebp={v.poster_webp_url} open />
              <div class="watch-head">
                <Title sub={<>{v.username} · <a href={link('ranking', { ciudad: v.city })}>{v.city}</a></>}>{v.title}</Title>
                <div class="watch-vote">
                  <p class="count count-big"><strong>{num(votes)}</strong> {voteWords().votes(votes)}</p>
                  <VoteButton id={v.video_id} title={v.title} votes={v.votes} />
                </div>
              </div>
              <p class="fine">{w.since(day(v.uploaded_at))} · <a href={link('ranking', { ciudad: v.city })}>{w.city(v.city)}</a></p>
              <h2>{w.shareTitle}</h2>
              <Share url={absolute(link('video', { id: v.video_id }))} text={w.share(v.title, v.username)} />
            </>
          );
        }}
      </Load>
    </div>
  );
}
