// Signing in, and back to where one came from.
import { useRef, useState } from 'preact/hooks';
import { troubleOf, type Trouble } from '../api/problem';
import { signIn } from '../api/session';
import { go, link, place, safeReturn } from '../base/route';
import { me } from '../features/mine';
import { texts } from '../i18n/lang';
import { Field, focusFirstError, Notice, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Entrar', sub: 'Para votar, subir tu video y ver tus números.',
    email: 'Correo electrónico', password: 'Contraseña', go: 'Entrar', going: 'Entrando…',
    none: '¿Aún no tienes cuenta?', register: 'Crear cuenta',
    created: 'Tu cuenta está lista. Entra con tu correo y tu contraseña.',
    needed: 'Este campo es obligatorio.',
  },
  {
    title: 'Sign in', sub: 'To vote, upload your video and see your numbers.',
    email: 'E-mail', password: 'Password', go: 'Sign in', going: 'Signing in…',
    none: 'No account yet?', register: 'Create one',
    created: 'Your account is ready. Sign in with your e-mail and password.',
    needed: 'This field is required.',
  },
);

export default function Login() {
  const w = words();
  const query = place.value.query;
  const [email, setEmail] = useState(query.get('correo') ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [checked, check] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const missing = (value: string) => (checked && value === '' ? w.needed : undefined);

  const submit = async (event: Event) => {
    event.preventDefault();
    check(true);
    if (busy || email.trim() === '' || password === '') return focusFirstError(form.current);
    setBusy(true);
    setTrouble(null);
    try {
      await signIn(email.trim(), password);
      void me.load(); // tells which links there are
      go(safeReturn(query.get('volver')) ?? link('videos'), { replace: true });
    } catch (reason) {
      setTrouble(troubleOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="wrap narrow">
      <Title sub={w.sub}>{w.title}</Title>
      {query.has('lista') && <p class="notice notice-good" role="status">{w.created}</p>}
      {trouble && <Notice trouble={trouble} />}
      <form ref={form} class="form panel" onSubmit={submit} noValidate>
        <Field name="email" type="email" label={w.email} autocomplete="username" value={email} onValue={setEmail} error={trouble?.fields['email'] ?? missing(email)} />
        <Field name="password" type="password" label={w.password} autocomplete="current-password" value={password} onValue={setPassword}
          error={trouble?.fields['password'] ?? missing(password)} />
        <button type="submit" class="btn btn-wide" aria-disabled={busy ? 'true' : undefined}>{busy ? w.going : w.go}</button>
      </form>
      <p class="after-form">{w.none} <a href={link('register', { volver: query.get('volver') ?? undefined })}>{w.register}</a></p>
    </div>
  );
}
