// The start: styles, links, and the first page.
import { render } from 'preact';
import { App } from './App';
import { apiBase } from './api/config';
import { follow } from './base/route';
import './styles/index.css';

follow();
void apiBase().catch(() => undefined); // every page has it on its way already; whoever needs it asks again
render(<App />, document.getElementById('app')!);
