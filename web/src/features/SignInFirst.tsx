import type { ComponentChildren } from 'preact';
import { link } from '../base/route';
import { texts } from '../i18n/lang';
import { Empty } from '../ui/parts';

const words = texts({ go: 'Entrar', register: 'Crear cuenta' }, { go: 'Sign in', register: 'Create an account' });

/** SignInFirst stands where a page needs a person, and leads back to it. */
export function SignInFirst({ children, back }: { children: ComponentChildren; back: string }) {
  return (
    <Empty
      icon="person"
      action={<p class="buttons"><a class="btn" href={link('login', { volver: back })}>{words().go}</a> <a class="btn btn-quiet" href={link('register', { volver: back })}>{words().register}</a></p>}
    >
      {children}
    </Empty>
  );
}
