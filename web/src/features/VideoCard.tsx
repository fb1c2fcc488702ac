// One video in a list.
import type { PublicVideo } from '../api/api';
import { num } from '../i18n/format';
import { link } from '../base/route';
import { Clip } from './Clip';
import { VoteButton } from './VoteButton';
import { voteWords } from './vote-text';
import { votesOf } from './votes';

/** VideoCard's title is a heading of the level that its list stands under. */
export function VideoCard({ video, eager, level = 3 }: { video: PublicVideo; eager?: boolean; level?: 2 | 3 }) {
  const Heading = level === 2 ? 'h2' : 'h3';
  const votes = votesOf(video.video_id, video.votes);
  return (
    <article class="card">
      <Clip title={video.title} src={video.processed_url} poster={video.poster_url} posterWebp={video.poster_webp_url} seconds={video.duration_seconds} eager={eager} />
      <div class="card-in">
        <Heading class="card-title"><a href={link('video', { id: video.video_id })}>{video.title}</a></Heading>
        <p class="card-by"><span>{video.username}</span> <span class="card-city">{video.city}</span></p>
        <div class="card-foot">
          <p class="count"><strong>{num(votes)}</strong> {voteWords().votes(votes)}</p>
          <VoteButton id={video.video_id} title={video.title} votes={video.votes} />
        </div>
      </div>
    </article>
  );
}

/** CardSkeletons hold the place of cards. */
export function CardSkeletons({ count }: { count: number }) {
  return (
    <div class="grid">
      {Array.from({ length: count }, (_, i) => (
        <div class="card" key={i}>
          <div class="frame bone" />
          <div class="card-in"><div class="bone bone-line" /><div class="bone bone-line bone-short" /><div class="bone bone-button" /></div>
        </div>
      ))}
    </div>
  );
}
