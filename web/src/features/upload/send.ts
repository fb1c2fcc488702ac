// How a file gets to the server: here in one form and one request, which suits small files; parts.ts is for large ones.
import { apiBase } from '../../api/config';
import { readTrouble, troubleOf, type Trouble } from '../../api/problem';
import { accessToken, renew } from '../../api/session';
import { lang } from '../../i18n/lang';

export interface Parcel {
  file: File;
  title: string;
  isPublic: boolean;
  key: string; // the server enters the video once, however often this is sent
}

export interface Listener {
  progress(sent: number): void; // bytes of the file
  delivered(): void; // all bytes are there; the server looks at them
  done(videoId: string): void;
  failed(trouble: Trouble): void;
}

export interface Sending {
  cancel(): void; // nothing is heard afterwards
  pause?(): void; // absent where a pause would lose what was sent
  resume?(): void;
}

const tokenLife = 15 * 60_000; // ms that a token should still have when a long upload starts

/** sendForm is the classic way: one form, one request. */
export function sendForm(parcel: Parcel, to: Listener): Sending {
  let request: XMLHttpRequest | null = null;
  let cancelled = false;
  const attempt = async (token: string | null, again: boolean) => {
    const base = await apiBase();
    if (cancelled) return;
    request = post(base, token, parcel, to, async (trouble) => {
      if (trouble.status !== 401 || again) return to.failed(trouble);
      const fresh = await renew(token).catch(() => null);
      if (cancelled) return;
      if (fresh) await attempt(fresh, true);
      else to.failed(trouble);
    });
  };
  const fail = (reason: unknown) => !cancelled && to.failed(troubleOf(reason));
  accessToken(tokenLife).then((token) => attempt(token, false)).catch(fail);
  return {
    cancel() {
      cancelled = true;
      request?.abort();
    },
  };
}

function post(base: URL, token: string | null, parcel: Parcel, to: Listener, refused: (t: Trouble) => void): XMLHttpRequest {
  const form = new FormData(); // the small fields first, so that a bad title is refused before the file is read
  form.set('title', parcel.title);
  form.set('is_public', String(parcel.isPublic));
  form.set('video_file', parcel.file);
  const x = new XMLHttpRequest();
  x.open('POST', new URL('videos/upload', base));
  x.responseType = 'json';
  if (token) x.setRequestHeader('Authorization', `Bearer ${token}`);
  x.setRequestHeader('Accept-Language', lang.value);
  x.setRequestHeader('Idempotency-Key', parcel.key);
  x.upload.onprogress = (e) => to.progress(Math.min(e.loaded, parcel.file.size));
  x.upload.onload = () => to.delivered();
  x.onload = () => {
    const id: unknown = (x.response as { video_id?: unknown } | null)?.video_id;
    if (x.status === 201 && typeof id === 'string') to.done(id);
    else refused(readTrouble(x.status, x.response, (h) => x.getResponseHeader(h)));
  };
  x.onerror = () => refused(troubleOf(null));
  x.send(form);
  return x;
}
