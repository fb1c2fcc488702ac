// My data, my videos, my password, and the way out.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Me } from '../api/api';
import { troubleOf, type Trouble } from '../api/problem';
import { forget, signedIn, signOut } from '../api/session';
import { go, link } from '../base/route';
import { say } from '../base/say';
import { checkLine, checkPasswords, maxField } from '../features/account-rules';
import { me, myVideos, sessions } from '../features/mine';
import { OwnVideos } from '../features/OwnVideos';
import { SignInFirst } from '../features/SignInFirst';
import { day, moment } from '../i18n/format';
import { texts } from '../i18n/lang';
import { Icon } from '../ui/icons';
import { Dialog, Empty, Field, focusFirstError, Load, Notice, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Mi perfil', needed: 'Entra para ver tu perfil.', since: (d: string) => `Con nosotros desde el ${d}`,
    data: 'Mis datos', first: 'Nombre', last: 'Apellido', city: 'Ciudad', country: 'País', cityHint: 'Cambiarla mueve todos tus videos al ranking de la nueva ciudad.',
    save: 'Guardar', saving: 'Guardando…', saved: 'Tus datos quedaron guardados.',
    password: 'Cambiar la contraseña', current: 'Contraseña actual', fresh: 'Contraseña nueva', again: 'Repite la nueva', change: 'Cambiar contraseña',
    changed: 'Contraseña cambiada. Las demás sesiones se cerraron.', needPassword: 'Escribe tu contraseña.',
    organise: 'Ir a la organización', videos: 'Mis videos', none: 'Aún no has subido ningún video.', upload: 'Subir mi video',
    out: 'Cerrar sesión', session: 'Sesiones abiertas', here: 'Esta sesión', opened: (d: string) => `Abierta el ${d}`, used: (d: string) => `última actividad ${d}`,
    end: 'Cerrar', endOf: (d: string) => `Cerrar la sesión abierta el ${d}`, ended: 'La sesión se cerró.',
    take: 'Mis datos en un archivo', takeHint: 'Todo lo que se guarda de ti: tus datos, tus videos y tus votos, en un archivo JSON.', download: 'Descargar mis datos', downloading: 'Preparando…', downloaded: 'El archivo está en tus descargas.',
    erase: 'Eliminar mi cuenta', eraseWhat: 'Tu nombre, tu correo y tus títulos dejan de poder leerse y tus videos se borran. Los votos que diste siguen contando, sin tu nombre. No se puede deshacer.',
    erasing: 'Eliminando…', no: 'Conservar mi cuenta', yes: 'Eliminar para siempre', erased: 'Tu cuenta fue eliminada.',
  },
  {
    title: 'My profile', needed: 'Sign in to see your profile.', since: (d: string) => `With us since ${d}`,
    data: 'My data', first: 'First name', last: 'Last name', city: 'City', country: 'Country', cityHint: 'Changing it moves all your videos to the ranking of the new city.',
    save: 'Save', saving: 'Saving…', saved: 'Your data was saved.',
    password: 'Change the password', current: 'Current password', fresh: 'New password', again: 'Repeat the new one', change: 'Change password',
    changed: 'Password changed. The other sessions were closed.', needPassword: 'Type your password.',
    organise: 'Go to the organisers’ page', videos: 'My videos', none: 'You have not uploaded a video yet.', upload: 'Upload my video',
    out: 'Sign out', session: 'Open sessions', here: 'This session', opened: (d: string) => `Opened on ${d}`, used: (d: string) => `last active ${d}`,
    end: 'Close', endOf: (d: string) => `Close the session opened on ${d}`, ended: 'The session was closed.',
    take: 'My data in a file', takeHint: 'Everything that is kept of you: your data, your videos and your votes, in a JSON file.', download: 'Download my data', downloading: 'Preparing…', downloaded: 'The file is in your downloads.',
    erase: 'Delete my account', eraseWhat: 'Your name, your e-mail and your titles can no longer be read and your videos are removed. The votes you gave still count, without your name. It cannot be undone.',
    erasing: 'Deleting…', no: 'Keep my account', yes: 'Delete for good', erased: 'Your account was deleted.',
  },
);

export default function Profile() {
  const w = words();
  useEffect(() => {
    if (!signedIn.value) return;
    void me.load();
    void myVideos.load();
    void sessions.load();
  }, [signedIn.value]);
  if (!signedIn.value) return <div class="wrap narrow"><Title>{w.title}</Title><SignInFirst back={link('profile')}>{w.needed}</SignInFirst></div>;
  const who = me.data.value;
  return (
    <div class="wrap narrow">
      <Title sub={who && <>{who.email} · {w.since(day(who.registered_at))}</>}>{w.title}</Title>
      {who?.role === 'organiser' && <p class="buttons"><a class="btn" href={link('organiser')}>{w.organise}</a></p>}
      <section class="panel">
        <h2>{w.videos}</h2>
        <Load of={myVideos} skeleton={<div class="bone bone-row" />}>
          {(list) => list.length === 0
            ? <Empty icon="upload" action={<a class="btn" href={link('upload')}>{w.upload}</a>}>{w.none}</Empty>
            : <OwnVideos videos={list} onGone={() => void myVideos.load()} />}
        </Load>
      </section>
      <section class="panel">
        <h2>{w.data}</h2>
        <Load of={me} skeleton={<div class="bone bone-row" />}>{(m) => <Data key={m.id} known={m} />}</Load>
      </section>
      <section class="panel"><h2>{w.password}</h2><Password email={who?.email ?? ''} /></section>
      <section class="panel">
        <h2>{w.session}</h2>
        <Load of={sessions} skeleton={<div class="bone bone-row" />}>{(list) => <Sessions list={list} />}</Load>
        <p><button type="button" class="btn btn-quiet" onClick={() => void signOut().catch(() => undefined).then(() => go(link('home')))}><Icon name="out" /> {w.out}</button></p>
      </section>
      <Export />
      <Erase />
    </div>
  );
}

const names = ['first_name', 'last_name', 'city', 'country'] as const;

function Data({ known }: { known: Me }) {
  const w = words();
  const [form, setForm] = useState(() => ({ first_name: known.first_name, last_name: known.last_name, city: known.city, country: known.country }));
  const form$ = useRef<HTMLFormElement>(null);
  const act = useAct(w.saved);
  const field = (name: (typeof names)[number]) => ({
    name, value: form[name], error: act.tried ? (checkLine(form[name]) ?? act.trouble?.fields[name]) : undefined, maxLength: maxField,
    onValue: (v: string) => setForm((f) => ({ ...f, [name]: v })),
  });
  const submit = (event: Event) => {
    event.preventDefault();
    act.run(() => !names.some((n) => checkLine(form[n])), async () => me.set(await api.changeMe(form)), form$.current);
  };
  return (
    <form ref={form$} class="form" onSubmit={submit} noValidate>
      <div class="form-pair"><Field {...field('first_name')} label={w.first} autocomplete="given-name" /><Field {...field('last_name')} label={w.last} autocomplete="family-name" /></div>
      <div class="form-pair"><Field {...field('city')} label={w.city} hint={w.cityHint} autocomplete="address-level2" /><Field {...field('country')} label={w.country} autocomplete="country-name" /></div>
      {act.told}
      <button type="submit" class="btn" aria-disabled={act.busy ? 'true' : undefined}>{act.busy ? w.saving : w.save}</button>
    </form>
  );
}

function Password({ email }: { email: string }) {
  const w = words();
  const blank = { current_password: '', password1: '', password2: '' };
  const [form, setForm] = useState(blank);
  const form$ = useRef<HTMLFormElement>(null);
  const act = useAct(w.changed);
  const wrong = { ...(form.current_password === '' && { current_password: w.needPassword }), ...checkPasswords(form.password1, form.password2) };
  const field = (name: keyof typeof blank) => ({
    name, type: 'password' as const, value: form[name], onValue: (v: string) => setForm((f) => ({ ...f, [name]: v })),
    error: act.tried ? ((wrong as Partial<typeof blank>)[name] ?? act.trouble?.fields[name]) : undefined,
  });
  const submit = (event: Event) => {
    event.preventDefault();
    act.run(() => Object.keys(wrong).length === 0, async () => {
      await api.changeMe(form);
      setForm(blank);
    }, form$.current);
  };
  return (
    <form ref={form$} class="form" onSubmit={submit} noValidate>
      <input class="sr" type="email" autocomplete="username" value={email} readOnly tabIndex={-1} aria-hidden="true" />
      <Field {...field('current_password')} label={w.current} autocomplete="current-password" />
      <div class="form-pair"><Field {...field('password1')} label={w.fresh} autocomplete="new-password" /><Field {...field('password2')} label={w.again} autocomplete="new-password" /></div>
      {act.told}
      <button type="submit" class="btn" aria-disabled={act.busy ? 'true' : undefined}>{act.busy ? w.saving : w.change}</button>
    </form>
  );
}

// useAct runs one thing at a time and keeps what came of it.
function useAct(done: string) {
  const [busy, setBusy] = useState(false);
  const [tried, attempt] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [fine, setFine] = useState(false);
  const run = async (valid: () => boolean, task: () => Promise<void>, form: HTMLFormElement | null) => {
    attempt(true);
    setFine(false);
    if (busy) return;
    if (!valid()) return focusFirstError(form);
    setBusy(true);
    setTrouble(null);
    try {
      await task();
      attempt(false);
      setFine(true);
      say(done);
    } catch (reason) {
      setTrouble(troubleOf(reason));
      focusFirstError(form);
    } finally {
      setBusy(false);
    }
  };
  const told = trouble ? <Notice trouble={trouble} /> : fine ? <p class="notice notice-good"><Icon name="check" size={20} /> {done}</p> : null;
  return { busy, tried, trouble, run, told };
}

function Sessions({ list }: { list: NonNullable<typeof sessions.data.value> }) {
  const w = words();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const end = async (id: string) => {
    setTrouble(null);
    try {
      await api.endSession(id);
      say(w.ended);
      await sessions.load();
    } catch (reason) {
      setTrouble(troubleOf(reason));
    }
  };
  return (
    <>
      {trouble && <Notice trouble={trouble} />}
      <ul class="sessions">
        {list.map((s) => (
          <li key={s.session_id}>
            <div><b>{s.current ? w.here : w.opened(moment(s.created_at))}</b> <span>{w.used(moment(s.last_used_at))}</span></div>
            {!s.current && <button type="button" class="btn btn-small btn-quiet" aria-label={w.endOf(moment(s.created_at))} onClick={() => void end(s.session_id)}>{w.end}</button>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Export() {
  const w = words();
  const act = useAct(w.downloaded);
  const take = () => act.run(() => true, async () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(await api.exportMe(), null, 2)], { type: 'application/json' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = 'rising-stars.json';
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }, null);
  return (
    <section class="panel">
      <h2>{w.take}</h2>
      <p class="field-hint">{w.takeHint}</p>
      {act.told}
      <p><button type="button" class="btn btn-quiet" aria-disabled={act.busy ? 'true' : undefined} onClick={() => void take()}>{act.busy ? w.downloading : w.download}</button></p>
    </section>
  );
}

function Erase() {
  const w = words();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState('');
  const act = useAct(w.erased);
  const form$ = useRef<HTMLFormElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    act.run(() => password !== '', async () => {
      await api.eraseMe(password);
      forget();
      go(link('home'));
    }, form$.current);
  };
  return (
    <section class="panel panel-bad">
      <h2>{w.erase}</h2>
      <p>{w.eraseWhat}</p>
      <p><button type="button" class="btn btn-bad" onClick={() => setOpen(true)}><Icon name="trash" size={18} /> {w.erase}</button></p>
      <Dialog open={open} title={w.erase} onClose={() => { setOpen(false); setPassword(''); }}>
        <form ref={form$} class="form" onSubmit={submit} noValidate>
          <p>{w.eraseWhat}</p>
          <Field name="password" type="password" label={w.current} autocomplete="current-password" value={password} onValue={setPassword}
            error={act.tried && password === '' ? w.needPassword : undefined} />
          {act.told}
          <p class="buttons">
            <button type="button" class="btn btn-quiet" onClick={() => setOpen(false)}>{w.no}</button>
            <button type="submit" class="btn btn-bad" aria-disabled={act.busy ? 'true' : undefined}>{act.busy ? w.erasing : w.yes}</button>
          </p>
        </form>
      </Dialog>
    </section>
  );
}
