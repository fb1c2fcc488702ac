package main

import (
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
