// Randomness that works on plain HTTP too, where crypto.randomUUID does not exist, and an order that stays.

/** uuid is a random one (version 4). */
export function uuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Array.from(b, (n) => n.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** shuffled is the list in an order that depends on the seed and the keys alone: the same visitor sees the same order
 * again, and what joins or leaves the list moves nobody else. */
export function shuffled<T>(list: readonly T[], seed: string, key: (item: T) => string): T[] {
  return list
    .map((item) => ({ item, id: key(item), rank: hash(`${seed}/${key(item)}`) }))
    .sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
    .map((ranked) => ranked.item);
}

// FNV-1a over UTF-16 units, finished as MurmurHash3 does, so that ids that differ in one digit fall far apart.
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
