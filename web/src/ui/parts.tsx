// The small parts that every page is made of.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { advice, sentence, type Trouble } from '../api/problem';
import type { Resource } from '../base/resource';
import { texts } from '../i18n/lang';
import { Icon, type IconName } from './icons';

const words = texts(
  { retry: 'Intentar de nuevo', request: 'Identificador', loading: 'Cargando…', show: 'Mostrar', hide: 'Ocultar', showPassword: 'Mostrar la contraseña' },
  { retry: 'Try again', request: 'Request id', loading: 'Loading…', show: 'Show', hide: 'Hide', showPassword: 'Show the password' },
);

/** Title is a page's only h1; it takes the focus when the page is opened by a link. */
export function Title({ children, sub }: { children: ComponentChildren; sub?: ComponentChildren }): JSX.Element {
  return (
    <div class="title">
      <h1 tabIndex={-1}>{children}</h1>
      {sub && <p class="lead">{sub}</p>}
    </div>
  );
}

/** Notice says what went wrong, what to do and which request it was. What came of somebody's act comes into sight: on a
 * phone the button may be far below. */
export function Notice({ trouble, retry }: { trouble: Trouble; retry?: () => void }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!retry) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [trouble]);
  return (
    <div ref={ref} class="notice notice-bad" role="alert">
      <Icon name="alert" />
      <div>
        <p class="notice-what">{sentence(trouble)}</p>
        <p>{advice(trouble, retry !== undefined)}</p>
        {trouble.requestId && <p class="notice-id">{words().request}: <code>{trouble.requestId}</code></p>}
        {retry && <button type="button" class="btn btn-quiet" onClick={retry}>{words().retry}</button>}
      </div>
    </div>
  );
}

/** Empty is one sentence and one thing to do. */
export function Empty({ icon, children, action }: { icon: IconName; children: ComponentChildren; action?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-icon"><Icon name={icon} size={28} /></span>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Load shows a skeleton, then the data; a failure beside what came before it. */
export function Load<T>(props: { of: Resource<T>; skeleton: ComponentChildren; children: (data: T) => ComponentChildren }): JSX.Element {
  const { of } = props;
  const data = of.data.value;
  const trouble = of.trouble.value;
  return (
    <>
      {trouble && <Notice trouble={trouble} retry={() => void of.load()} />}
      {data !== undefined ? props.children(data) : !trouble && <Waiting>{props.skeleton}</Waiting>}
    </>
  );
}

/** Waiting marks a skeleton for screen readers. */
export function Waiting({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <div aria-busy="true">
      <span class="sr" role="status">{words().loading}</span>
      <div aria-hidden="true">{children}</div>
    </div>
  );
}

export interface FieldProps {
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  error?: string | undefined;
  hint?: string;
  type?: 'text' | 'email' | 'password' | 'datetime-local';
  autocomplete?: string;
  maxLength?: number;
  list?: readonly string[];
  required?: boolean;
}

/** Field is a labelled input with its hint and its error tied to it. */
export function Field(p: FieldProps): JSX.Element {
  const id = useId();
  const [shown, show] = useState(false);
  const described = [p.hint && `${id}-hint`, p.error && `${id}-error`].filter(Boolean).join(' ');
  const secret = p.type === 'password';
  const input = {
    id, name: p.name, type: secret && shown ? 'text' : (p.type ?? 'text'), value: p.value, maxLength: p.maxLength,
    autocomplete: p.autocomplete, required: p.required ?? true, list: p.list && `${id}-list`,
    'aria-invalid': p.error ? 'true' : undefined, 'aria-describedby': described || undefined,
    spellcheck: false, autocapitalize: p.type ? 'none' : undefined,
    onInput: (e: InputEvent) => p.onValue((e.currentTarget as HTMLInputElement).value),
  } as JSX.IntrinsicElements['input'];
  return (
    <div class={p.error ? 'field field-bad' : 'field'}>
      <label for={id}>{p.label}</label>
      <div class="field-box">
        <input {...input} />
        {secret && (
          <button type="button" class="field-peek" aria-pressed={shown} aria-label={words().showPassword} onClick={() => show(!shown)}>
            {shown ? words().hide : words().show}
          </button>
        )}
      </div>
      {p.list && <datalist id={`${id}-list`}>{p.list.map((v) => <option key={v} value={v} />)}</datalist>}
      {p.hint && <p class="field-hint" id={`${id}-hint`}>{p.hint}</p>}
      {p.error && <p class="field-error" id={`${id}-error`}>{p.error}</p>}
    </div>
  );
}

/** focusFirstError moves to the first wrong field of a form, after it was drawn. */
export function focusFirstError(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Dialog asks before something that cannot be taken back. The browser keeps the focus inside and Escape closes it. */
export function Dialog(props: { open: boolean; title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (props.open && !ref.current?.open) ref.current?.showModal();
    if (!props.open && ref.current?.open) ref.current.close();
  }, [props.open]);
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={id} onClose={props.onClose}>
      <h2 id={id}>{props.title}</h2>
      {props.open && props.children}
    </dialog>
  );
}

/** Bar shows how much of something is done. */
export function Bar({ label, value, max = 100, text }: { label: string; value: number; max?: number; text?: string }): JSX.Element {
  const percent = max > 0 ? Math.min(100, (value / max) * 100) : 0;
  return (
    <div class="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(percent)} aria-valuetext={text}>
      <span class="bar-fill" style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  );
}
