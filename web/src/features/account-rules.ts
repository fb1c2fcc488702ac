// What a new account must look like, checked here first so that nobody waits for the server to hear it. The server
// checks again, and its sentences win.
import { texts } from '../i18n/lang';

export interface AccountForm {
  first_name: string;
  last_name: string;
  email: string;
  password1: string;
  password2: string;
  city: string;
  country: string;
}

export const maxField = 100; // characters
export const minPassword = 8; // characters
const maxPasswordBytes = 256;

const words = texts(
  {
    needed: 'Este campo es obligatorio.', long: 'Es demasiado largo; el máximo es 100 caracteres.',
    email: 'El correo electrónico no es válido.', short: 'La contraseña debe tener al menos 8 caracteres.',
    bytes: 'La contraseña es demasiado larga; el máximo es 256 bytes.', mismatch: 'Las contraseñas no coinciden.',
  },
  {
    needed: 'This field is required.', long: 'It is too long; the limit is 100 characters.',
    email: 'The e-mail is not valid.', short: 'The password needs at least 8 characters.',
    bytes: 'The password is too long; the limit is 256 bytes.', mismatch: 'The passwords do not match.',
  },
);

type Errors = Partial<Record<keyof AccountForm, string>>;

/** checkLine says what is wrong with a required line of text. */
export function checkLine(value: string): string | undefined {
  const text = value.trim();
  if (text === '') return words().needed;
  return [...text].length > maxField ? words().long : undefined;
}

/** checkPasswords says what is wrong with a new password and its repetition. */
export function checkPasswords(first: string, second: string): { password1?: string; password2?: string } {
  if ([...first].length < minPassword) {
    return { password1: first === '' ? words().needed : words().short, ...(second === '' && { password2: words().needed }) };
  }
  if (new TextEncoder().encode(first).length > maxPasswordBytes) return { password1: words().bytes };
  return first === second ? {} : { password2: words().mismatch };
}

/** checkAccount names every wrong field of a sign-up. */
export function checkAccount(form: AccountForm): Errors {
  const errors: Errors = checkPasswords(form.password1, form.password2);
  for (const name of ['first_name', 'last_name', 'city', 'country'] as const) {
    const wrong = checkLine(form[name]);
    if (wrong) errors[name] = wrong;
  }
  const email = form.email.trim();
  if (email === '') errors.email = words().needed;
  else if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || email.length > 254) errors.email = words().email;
  return errors;
}
