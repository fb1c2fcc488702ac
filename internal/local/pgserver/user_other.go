//go:build unix && !linux

package pgserver

const canDropUser = false

const inheritedDir = "/dev/fd/3"

const inheritedFile = "/dev/fd/4"
