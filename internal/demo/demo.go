// Package demo fills a contest so that a first look shows something: players of four cities with real clips, voters and
// votes. It is a client like any other, but for naming an organiser: all it knows of the system is the public API, and
// every figure that appears comes from what it did there.
package demo

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// Size of the filled contest.
const (
	Players = 24
	Voters  = 60

	// Password is what every account of the demo signs in with.
	Password = "demo-rising-stars"

	country    = "Colombia"
	signingUp  = 4 // accounts at once: a password hash is slow on purpose
	votesSeed  = 2026
	mostPlaces = 10 // how far apart the favourites of the voters lie
)

var (
	cities = []string{"Bogotá", "Medellín", "Cali", "Barranquilla"}
	firsts = []string{
		"Valentina", "Mateo", "Salomé", "Samuel", "Luciana", "Emiliano", "Mariana", "Jerónimo",
		"Antonella", "Thiago", "Isabella", "Matías", "Gabriela", "Nicolás", "Daniela", "Tomás",
		"Sofía", "Andrés", "Camila", "Juan José", "Manuela", "Simón", "Sara", "Martín",
	}
	lasts = []string{
		"Restrepo", "Córdoba", "Mosquera", "Rincón", "Palacios", "Gómez", "Hinestroza", "Zapata",
		"Caicedo", "Peña", "Arboleda", "Ibáñez",
	}
	titles = []string{
		"Triples desde el logo", "Manejo de balón con dos bolas", "Mi mejor clavada", "Robos y contraataques",
		"Fundamentos de base", "Ganchos y bandejas", "Tiro en suspensión", "Defensa uno contra uno",
	}
)

// Config says which contest to fill, and how clips are made.
type Config struct {
	BaseURL string // such as http://127.0.0.1:8080
	Dir     string // clips are made here; kept, so that a second start need not make them again
	Out     io.Writer
	// Clip makes a 1080p MP4 of at least 20 s at the path; a seed gives it its own look.
	Clip func(ctx context.Context, path string, seed uint64) error
	// Organise makes the account with an e-mail an organiser, which no client can do. Doing it again changes nothing.
	Organise func(ctx context.Context, email string) error
}

// Fill fills the contest. What is there already is left as it is, so that a start that was cut short is finished by
// the next one.
func Fill(ctx context.Context, c Config) error {
	client := newClient(c.BaseURL)
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make clip folder: %w", err)
	}
	fmt.Fprintf(c.Out, "demo: %d players, %d voters, password %s\n", Players, Voters, Password)
	fmt.Fprintf(c.Out, "demo: sign in as %s or %s\n", email("jugador", 1), email("publico", 1))
	if err := organiser(ctx, c, client); err != nil {
		return err
	}
	filled := filepath.Join(c.Dir, "filled")
	if _, err := os.Stat(filled); err == nil {
		fmt.Fprintln(c.Out, "demo: the contest is filled already")
		return nil
	}
	players, voters, err := signUpAll(ctx, client)
	if err != nil {
		return err
	}
	// The first clips are voted for while the last ones are still being made.
	videos := make(chan string, Players)
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(videos)
		for i, token := range players {
			id, err := upload(working, c, client, token, i)
			if err != nil {
				return err
			}
			videos <- id
		}
		return nil
	})
	g.Go(func() error { return vote(working, c, client, videos, append(voters, players...)) })
	if err := g.Wait(); err != nil {
		return err
	}
	return os.WriteFile(filled, nil, 0o600)
}

func email(who string, n int) string { return fmt.Sprintf("%s%02d@demo.example", who, n) }

// organiser signs one up.
func organiser(ctx context.Context, c Config, client *client) error {
	who := email("organizacion", 1) //nolint:misspell // Spanish
	if _, err := client.account(ctx, who, "Paula", "Londoño", cities[0]); err != nil {
		return err
	}
	if err := c.Organise(ctx, who); err != nil {
		return fmt.Errorf("name an organiser: %w", err)
	}
	fmt.Fprintf(c.Out, "demo: organise as %s\n", who)
	return nil
}

// signUpAll gives the access tokens of players and voters.
func signUpAll(ctx context.Context, client *client) (players, voters []string, err error) {
	players, voters = make([]string, Players), make([]string, Voters)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(signingUp)
	for i := range Players {
		g.Go(func() (err error) {
			players[i], err = client.account(ctx, email("jugador", i+1), firsts[i%len(firsts)], lasts[i%len(lasts)], cities[i%len(cities)])
			return err
		})
	}
	for i := range Voters {
		g.Go(func() (err error) {
			voters[i], err = client.account(ctx, email("publico", i+1), firsts[(i*7+3)%len(firsts)], lasts[(i*5+2)%len(lasts)], cities[(i/3)%len(cities)])
			return err
		})
	}
	return players, voters, g.Wait()
}

// upload gives the id of the player's video, uploaded now or at an earlier start.
func upload(ctx context.Context, c Config, client *client, token string, i int) (string, error) {
	if id, err := client.ownVideo(ctx, token); err != nil || id != "" {
		return id, err
	}
	path := filepath.Join(c.Dir, fmt.Sprintf("clip%02d.mp4", i+1))
	if _, err := os.Stat(path); err != nil {
		if err := c.Clip(ctx, path, uint64(i+1)); err != nil {
			return "", fmt.Errorf("make clip %d: %w", i+1, err)
		}
	}
	id, err := client.upload(ctx, token, titles[i%len(titles)], path)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(c.Out, "demo: uploaded %d of %d\n", i+1, Players)
	return id, nil
}

// vote waits for the clips and casts votes: some players are everybody's favourites and some are not.
func vote(ctx context.Context, c Config, client *client, videos <-chan string, tokens []string) error {
	random := rand.New(rand.NewPCG(votesSeed, votesSeed)) //nolint:gosec // the same demo every time
	open, votes := 0, 0
	for id := range videos {
		if err := client.processed(ctx, id); err != nil {
			return err
		}
		open++
		favour := 1 + random.IntN(mostPlaces)
		for _, token := range tokens {
			if random.IntN(mostPlaces+2) >= favour {
				continue
			}
			cast, err := client.vote(ctx, token, id)
			if err != nil {
				return err
			}
			if cast {
				votes++
			}
		}
		fmt.Fprintf(c.Out, "demo: %d of %d clips are open for voting, %d votes\n", open, Players, votes)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "demo: done; see %s\n", c.BaseURL)
	return nil
}
