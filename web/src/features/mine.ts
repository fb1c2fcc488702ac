// The figures and data of whoever is signed in.
import { effect } from '@preact/signals';
import { api } from '../api/api';
import { signedIn } from '../api/session';
import { remember } from '../base/role';
import { resource } from '../base/resource';
import { fetched } from './votes';

export const dashboard = resource(async () => {
  const d = await api.dashboard();
  fetched(d.featured);
  return d;
});
export const standing = resource(() => api.standing());
export const me = resource(async () => {
  const m = await api.me();
  remember(m.role === 'organiser');
  return m;
});
export const sessions = resource(() => api.sessions());
export const myVideos = resource(() => api.myVideos());

// Nothing of one person may be seen by the next.
effect(() => {
  if (signedIn.value) return;
  remember(false);
  dashboard.set(undefined);
  me.set(undefined);
  standing.set(undefined);
  myVideos.set(undefined);
  sessions.set(undefined);
});
