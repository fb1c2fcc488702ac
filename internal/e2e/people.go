package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

const (
	password  = "a-fine-password"
	signingUp = 4 // accounts at once
)

// Person signs up and in.
type Person struct {
	First, Last, Email, City string

	ID    string // once signed up
	Token string // once signed in
}

// Name is how rankings show the person.
func (p *Person) Name() string { return p.First + " " + p.Last }

func (p *Person) form() map[string]string {
	return map[string]string{
		"first_name": p.First, "last_name": p.Last, "email": p.Email, "city": p.City, "country": "Colombia",
		"password1": password, "password2": password,
	}
}

// TrySignUp asks for the account.
func (a *API) TrySignUp(p *Person) (Answer, error) {
	return a.Try(a.t.Context(), Request{Method: http.MethodPost, Path: "/auth/signup", JSON: p.form()})
}

// TrySignIn asks for a token.
func (a *API) TrySignIn(p *Person) (Answer, error) {
	return a.Try(a.t.Context(), Request{
		Method: http.MethodPost, Path: "/auth/login", JSON: map[string]string{"email": p.Email, "password": password},
	})
}

// Join signs a person up and in.
func (a *API) Join(p *Person) *Person {
	a.t.Helper()
	if err := a.TryJoin(p); err != nil {
		a.t.Fatal(err)
	}
	return p
}

// TryJoin signs a person up and in. It may be called from any goroutine.
func (a *API) TryJoin(p *Person) error {
	answer, err := a.TrySignUp(p)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusCreated {
		return fmt.Errorf("sign up %s: %d %s", p.Email, answer.Status, answer.Body)
	}
	p.ID = answer.Text("id")
	if answer, err = a.TrySignIn(p); err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return fmt.Errorf("sign in %s: %d %s", p.Email, answer.Status, answer.Body)
	}
	p.Token = answer.Text("access_token")
	return nil
}

// Crowd signs up and in n people of some cities.
func (a *API) Crowd(n int, name string, cities ...string) []*Person {
	a.t.Helper()
	people := make([]*Person, n)
	turns := make(chan int)
	var workers sync.WaitGroup
	for range signingUp {
		workers.Go(func() {
			for i := range turns {
				people[i] = &Person{
					First: "Ana", Last: fmt.Sprintf("%s %d", name, i), City: cities[i%len(cities)],
					Email: fmt.Sprintf("%s%d@people.example", name, i),
				}
				if err := a.TryJoin(people[i]); err != nil {
					a.t.Error(err)
				}
			}
		})
	}
	for i := range n {
		turns <- i
	}
	close(turns)
	workers.Wait()
	failNow(a.t)
	return people
}

// failNow ends a test in which a goroutine found something.
func failNow(t testing.TB) {
	t.Helper()
	if t.Failed() {
		t.FailNow()
	}
}
