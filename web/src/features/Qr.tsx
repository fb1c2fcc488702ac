// A link as a code that another phone's camera reads. Loaded when somebody asks for it.
import { useMemo } from 'preact/hooks';
import encode from 'qr';
import { texts } from '../i18n/lang';
import { Icon } from '../ui/icons';

const words = texts(
  { label: 'Código QR del enlace', hint: 'Apunta con la cámara de otro teléfono.', save: 'Guardar como imagen', file: 'rising-stars-qr.png' },
  { label: 'QR code of the link', hint: 'Point another phone’s camera at it.', save: 'Save as a picture', file: 'rising-stars-qr.png' },
);

const quiet = 4; // modules of white around the code, which readers need
const pixels = 12; // of a module in the saved picture

/** modules is the code of a text: rows of dark and light, with the white around them. */
export function modules(text: string): boolean[][] {
  return encode(text, 'raw', { ecc: 'medium', border: quiet });
}

export default function Qr({ url }: { url: string }) {
  const rows = useMemo(() => modules(url), [url]);
  const w = words();
  return (
    <figure class="qr">
      <svg class="qr-code" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={w.label} shape-rendering="crispEdges">
        <rect class="qr-light" width={rows.length} height={rows.length} />
        <path class="qr-dark" d={outline(rows)} />
      </svg>
      <figcaption>
        <p>{w.hint}</p>
        <button type="button" class="btn btn-small btn-quiet" onClick={() => save(rows, w.file)}><Icon name="download" size={18} /> {w.save}</button>
      </figcaption>
    </figure>
  );
}

// outline draws each run of dark modules in a row as one bar.
function outline(rows: readonly boolean[][]): string {
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      path += `M${from} ${y}h${x + 1 - from}v1H${from}z`;
    }
  });
  return path;
}

function save(rows: readonly boolean[][], name: string): void {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = rows.length * pixels;
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#000';
  pen.scale(pixels, pixels);
  pen.fill(new Path2D(outline(rows)));
  canvas.toBlob((blob) => blob && download(blob, name), 'image/png');
}

function download(blob: Blob, name: string): void {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
}
