// The start: styles, links, and the first page.
import { render } from 'preact';
import { App } from './App';
import { follow } from './base/route';
import './styles/index.css';

follow();
render(<App />, document.getElementById('app')!);
