package rules_test

import (
	"os"
	"testing"

	"github.com/rising-stars/showcase/deploy/rules"
)

func TestOurTemplatesBreakNoRule(t *testing.T) {
	t.Parallel()
	d, err := rules.Read(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check(d) {
		t.Error(f)
	}
}
