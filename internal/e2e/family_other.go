//go:build !linux

package e2e

import "testing"

// Family are the processes below a process, which only Linux tells us here.
type Family []struct{}

// FamilyOf finds nothing.
func FamilyOf(testing.TB, int) Family { return nil }

// Living are none.
func (f Family) Living() []string { return nil }

// ResidentBytes cannot be told.
func ResidentBytes(t testing.TB, _ int) int64 {
	t.Helper()
	t.Skip("only Linux tells how much memory another process holds")
	return 0
}
