package main

import (
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
	"github.com/rising-stars/showcase/internal/local"
)

func TestMain(m *testing.M) {
	local.RunIfChild() // the S3 gateway is a second copy of this program
	e2e.Main(m)
}
