// The cities that have players, for filters and suggestions.
import { api } from '../api/api';
import { resource } from '../base/resource';

export const cities = resource(() => api.cities());
