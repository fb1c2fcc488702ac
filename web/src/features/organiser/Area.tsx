import { useId } from 'preact/hooks';

export interface AreaProps {
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  rows: number;
  hint?: string;
  maxLength?: number;
  error?: string | undefined;
}

/** Area is a labelled text of several lines, with its hint and its error tied to it. */
export function Area(p: AreaProps) {
  const id = useId();
  const described = [p.hint && `${id}-hint`, p.error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class={p.error ? 'field field-bad' : 'field'}>
      <label for={id}>{p.label}</label>
      <textarea id={id} name={p.name} rows={p.rows} maxLength={p.maxLength} value={p.value} aria-invalid={p.error ? 'true' : undefined}
        aria-describedby={described || undefined} onInput={(e) => p.onValue(e.currentTarget.value)} />
      {p.hint && <p class="field-hint" id={`${id}-hint`}>{p.hint}</p>}
      {p.error && <p class="field-error" id={`${id}-error`}>{p.error}</p>}
    </div>
  );
}
