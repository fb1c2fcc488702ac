// A new account.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/api';
import { troubleOf, type Trouble } from '../api/problem';
import { signIn } from '../api/session';
import { go, link, place, safeReturn } from '../base/route';
import { checkAccount, maxField, type AccountForm } from '../features/account-rules';
import { cities } from '../features/cities';
import { useContest } from '../features/contest';
import { texts } from '../i18n/lang';
import { Field, focusFirstError, Notice, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Crear cuenta', sub: 'Con una cuenta votas y compites. Toma un minuto.',
    first: 'Nombre', last: 'Apellido', email: 'Correo electrónico', password: 'Contraseña', again: 'Repite la contraseña',
    city: 'Ciudad', country: 'País', cityHint: 'Compites en el ranking de esta ciudad.',
    nameHint: 'Tu nombre y tu ciudad se ven junto a tus videos. Tu correo no se muestra a nadie.',
    passwordHint: 'Al menos 8 caracteres.', go: 'Crear cuenta', going: 'Creando…',
    have: '¿Ya tienes cuenta?', login: 'Entrar',
  },
  {
    title: 'Create an account', sub: 'With an account you vote and compete. It takes a minute.',
    first: 'First name', last: 'Last name', email: 'E-mail', password: 'Password', again: 'Repeat the password',
    city: 'City', country: 'Country', cityHint: 'You compete in the ranking of this city.',
    nameHint: 'Your name and city are shown beside your videos. Your e-mail is shown to nobody.',
    passwordHint: 'At least 8 characters.', go: 'Create the account', going: 'Creating…',
    have: 'You have an account?', login: 'Sign in',
  },
);

const blank: AccountForm = { first_name: '', last_name: '', email: '', password1: '', password2: '', city: '', country: '' };

export default function Register() {
  const w = words();
  const query = place.value.query;
  const [form, setForm] = useState(blank);
  const [busy, setBusy] = useState(false);
  const [checked, check] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const ref = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!cities.data.value) void cities.load();
  }, []);
  const known = [...new Set([...(useContest()?.cities ?? []), ...(cities.data.value ?? []).map((c) => c.city)])];
  const wrong = checked ? checkAccount(form) : {};
  const field = (name: keyof AccountForm) => ({
    name, value: form[name], error: wrong[name] ?? trouble?.fields[name],
    onValue: (value: string) => setForm((f) => ({ ...f, [name]: value })),
  });

  const submit = async (event: Event) => {
    event.preventDefault();
    check(true);
    if (busy) return;
    if (Object.keys(checkAccount(form)).length > 0) return focusFirstError(ref.current);
    setBusy(true);
    setTrouble(null);
    try {
      await api.signUp({ ...form, email: form.email.trim() });
    } catch (reason) {
      setTrouble(troubleOf(reason));
      setBusy(false);
      return focusFirstError(ref.current);
    }
    const back = query.get('volver') ?? undefined;
    try {
      await signIn(form.email.trim(), form.password1);
      go(safeReturn(back ?? null) ?? link('videos'), { replace: true });
    } catch {
      go(link('login', { volver: back, correo: form.email.trim(), lista: '1' }), { replace: true });
    }
  };
  return (
    <div class="wrap narrow">
      <Title sub={w.sub}>{w.title}</Title>
      {trouble && <Notice trouble={trouble} />}
      <form ref={ref} class="form panel" onSubmit={submit} noValidate>
        <div class="form-pair">
          <Field {...field('first_name')} label={w.first} autocomplete="given-name" maxLength={maxField} />
          <Field {...field('last_name')} label={w.last} autocomplete="family-name" maxLength={maxField} />
        </div>
        <p class="field-hint form-note">{w.nameHint}</p>
        <div class="form-pair">
          <Field {...field('city')} label={w.city} hint={w.cityHint} autocomplete="address-level2" maxLength={maxField} list={known} />
          <Field {...field('country')} label={w.country} autocomplete="country-name" maxLength={maxField} />
        </div>
        <Field {...field('email')} type="email" label={w.email} autocomplete="username" maxLength={254} />
        <div class="form-pair">
          <Field {...field('password1')} type="password" label={w.password} hint={w.passwordHint} autocomplete="new-password" />
          <Field {...field('password2')} type="password" label={w.again} autocomplete="new-password" />
        </div>
        <button type="submit" class="btn btn-wide" aria-disabled={busy ? 'true' : undefined}>{busy ? w.going : w.go}</button>
      </form>
      <p class="after-form">{w.have} <a href={link('login', { volver: query.get('volver') ?? undefined })}>{w.login}</a></p>
    </div>
  );
}
