// How fast bytes leave, over the last seconds, and how long the rest will take.

const windowMs = 6000;

export class Rate {
  private samples: { at: number; sent: number }[] = [];

  /** add notes how many bytes were sent until a moment in ms. */
  add(at: number, sent: number): void {
    this.samples.push({ at, sent });
    while (this.samples.length > 2 && this.samples[0]!.at < at - windowMs) this.samples.shift();
  }

  /** speed is in bytes per second; null until it can be told. */
  speed(now: number): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last === first) return null;
    const ms = Math.max(now, last.at) - first.at; // a line that stalls gets slower on the display too
    return ms < 500 ? null : ((last.sent - first.sent) * 1000) / ms;
  }

  /** remaining is in seconds; null until it can be told. */
  remaining(now: number, total: number): number | null {
    const speed = this.speed(now);
    const sent = this.samples.at(-1)?.sent ?? 0;
    return speed === null || speed <= 0 ? null : (total - sent) / speed;
  }
}
