// Real links to send: the ones of the networks, the phone's own sheet, a copy, or a code to point a camera at.
import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../base/say';
import { texts } from '../i18n/lang';
import { Icon } from '../ui/icons';

const words = texts(
  {
    sheet: 'Compartir…', copy: 'Copiar enlace', copied: 'Enlace copiado', manual: 'Copia este enlace:', qr: 'Código QR',
    instagram: 'Texto para Instagram', instagramDone: 'Texto copiado: pégalo en tu historia o tu biografía de Instagram',
  },
  {
    sheet: 'Share…', copy: 'Copy link', copied: 'Link copied', manual: 'Copy this link:', qr: 'QR code',
    instagram: 'Text for Instagram', instagramDone: 'Text copied: paste it into your Instagram story or bio',
  },
);

/** shareLinks are the networks' own addresses for sharing. */
export function shareLinks(url: string, text: string): { name: string; href: string }[] {
  const u = encodeURIComponent(url);
  const t = encodeURIComponent(text);
  return [
    { name: 'WhatsApp', href: `https://wa.me/?text=${t}%20${u}` },
    { name: 'X', href: `https://x.com/intent/post?text=${t}&url=${u}` },
    { name: 'Facebook', href: `https://www.facebook.com/sharer/sharer.php?u=${u}` },
  ];
}

/** copy puts text on the clipboard; on plain HTTP, where there is none for scripts, the old way serves. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function Share({ url, text }: { url: string; text: string }) {
  const [told, tell] = useState('');
  const [manual, setManual] = useState('');
  const [Code, setCode] = useState<{ Shown: ComponentType<{ url: string }> } | null>(null);
  const w = words();
  const toggle = async () => {
    if (Code) return setCode(null);
    try {
      setCode({ Shown: (await import('./Qr')).default });
    } catch {
      say(w.manual); // the network is gone: the link itself is what can be had
      setManual(url);
    }
  };
  const put = async (what: string, done: string) => {
    const ok = await copy(what);
    tell(ok ? done : '');
    setManual(ok ? '' : what);
    say(ok ? done : w.manual);
  };
  const sheet = typeof navigator.share === 'function';
  return (
    <div class="share">
      <div class="share-row">
        {sheet && (
          <button type="button" class="btn" onClick={() => void navigator.share({ url, text }).catch(() => undefined)}>
            <Icon name="share" /> {w.sheet}
          </button>
        )}
        <button type="button" class="btn btn-quiet" onClick={() => void put(url, w.copied)}><Icon name="copy" /> {w.copy}</button>
        {shareLinks(url, text).map((l) => <a key={l.name} class="btn btn-quiet" href={l.href} target="_blank" rel="noopener noreferrer">{l.name}</a>)}
        <button type="button" class="btn btn-quiet" onClick={() => void put(`${text} ${url}`, w.instagramDone)}>{w.instagram}</button>
        <button type="button" class="btn btn-quiet" aria-expanded={Code !== null} onClick={() => void toggle()}><Icon name="qr" /> {w.qr}</button>
      </div>
      {Code && <Code.Shown url={url} />}
      {told && <p class="share-told"><Icon name="check" size={18} /> {told}</p>}
      {manual && <p class="share-manual">{w.manual} <input readOnly value={manual} aria-label={w.manual} onFocus={(e) => e.currentTarget.select()} /></p>}
    </div>
  );
}
