// Bars over time. Loaded when there is something to draw; what it shows stands beside it as a table too.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { day, hourOf, num } from '../i18n/format';
import { lang } from '../i18n/lang';
import type { Slots } from './votes-over-time';

const height = 220; // px
const widest = 46; // px of a bar
const hours = [1, 2, 3, 6, 12, 24].map((n) => n * 3600); // s between marks
const days = [1, 2, 5, 10, 30, 60].map((n) => n * 86_400);

export default function Chart({ slots, told }: { slots: Slots; told: (at: number, votes: number) => string }) {
  const box = useRef<HTMLDivElement>(null);
  const read = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const here = box.current!;
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(options(here, slots, (i) => {
        const s = i === null ? undefined : slots.list[i];
        read.current!.textContent = s ? told(s.from, s.votes) : '\u00a0';
      }), [slots.list.map((s) => s.from / 1000), slots.list.map((s) => s.votes)], here);
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const size = new ResizeObserver(() => plot?.setSize({ width: here.clientWidth, height }));
    dark.addEventListener('change', draw);
    size.observe(here);
    return () => {
      dark.removeEventListener('change', draw);
      size.disconnect();
      plot?.destroy();
    };
  }, [slots, lang.value]);
  return (
    <div class="chart" aria-hidden="true">
      <div ref={box} class="chart-box" />
      <p ref={read} class="chart-read">{'\u00a0'}</p>
    </div>
  );
}

function options(box: HTMLElement, slots: Slots, over: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--soft'), font: `12px ${style.fontFamily}`, ticks: { show: false } };
  const half = (slots.step === 'hour' ? 3600 : 86_400) / 2;
  const first = slots.list[0]!.from / 1000;
  const last = slots.list.at(-1)!.from / 1000;
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { range: [first - half, last + half] }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 76, incrs: slots.step === 'hour' ? hours : days, values: (_u, at) => at.map((s) => (slots.step === 'hour' ? hourOf(s * 1000) : day(s * 1000, false))) },
      { ...axis, grid: { stroke: colour('--line'), width: 1 }, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000], values: (_u, at) => at.map((n) => num(n)) },
    ],
    series: [{}, { fill: colour('--ball'), stroke: colour('--ball'), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.8, widest], radius: 0.15 }) }],
    hooks: { setCursor: [(u) => over(u.cursor.idx ?? null)] },
  };
}
