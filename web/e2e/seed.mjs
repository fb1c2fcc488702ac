// Fills a running contest with a few players, clips and votes: node e2e/seed.mjs http://127.0.0.1:8080
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, makeClip } from './lib.mjs';

const players = [
  ['Valentina', 'Ríos', 'Bogotá', 'Crossover y bandeja zurda'],
  ['Samuel', 'Córdoba', 'Medellín', 'Triple sobre la bocina desde media cancha'],
  ['Mariana', 'Peña', 'Cali', 'Robo, contraataque y asistencia sin mirar'],
  ['Juan José', 'Martínez', 'Bogotá', 'Clavada en el parque El Tunal'],
  ['Luisa Fernanda', 'Zapata', 'Medellín', 'Tapón en el último segundo'],
  ['Andrés', 'Mosquera', 'Barranquilla', 'Giro en el poste bajo'],
  ['Sofía', 'Caicedo', 'Cali', 'Cinco triples seguidos'],
];

/** seed answers the people, each with the id of their video. */
export async function seed(base, { count = players.length, voters = 9, log = () => undefined } = {}) {
  const api = new Api(base);
  const dir = join(tmpdir(), 'showcase-e2e');
  const people = [];
  for (const [i, [first, last, city, title]] of players.slice(0, count).entries()) {
    const person = await api.person(first, last, city);
    const { body: mine } = await api.call('GET', '/api/videos', { token: person.token });
    person.video = mine[0]?.video_id ?? await api.upload(person, await makeClip(dir, { seed: i % 5 }), title);
    people.push(person);
    log(`${person.name}: ${person.video}`);
  }
  for (const person of people) await api.settled(person, person.video);
  for (let v = 0; v < voters; v++) {
    const voter = await api.person('Voz', 'abcdefghijklmnop'[v], 'Bogotá');
    for (const [i, person] of people.entries()) if ((v * 7 + i * 3) % 9 >= i) await api.vote(voter, person.video);
  }
  return people;
}

if (process.argv[1] === new URL(import.meta.url).pathname) await seed(process.argv[2], { log: console.log });
