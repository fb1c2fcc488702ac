package e2e_test

import (
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestNoAddressIsGivenTwice asks so often that by chance alone some would be the same.
func TestNoAddressIsGivenTwice(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for range 500 {
		addr := e2e.FreeAddr(t)
		if given[addr] {
			t.Fatalf("%s is given twice", addr)
		}
		given[addr] = true
	}
}
