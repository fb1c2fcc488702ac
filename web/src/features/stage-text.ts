import { texts } from '../i18n/lang';

export const stageWords = texts(
  {
    stages: { queued: 'En cola', processing: 'Procesando', ready: 'Listo', rejected: 'Rechazado', failed: 'Falló', withdrawn: 'Retirado' },
  },
  {
    stages: { queued: 'Queued', processing: 'Processing', ready: 'Ready', rejected: 'Rejected', failed: 'Failed', withdrawn: 'Withdrawn' },
  },
);
