//go:build !linux

package media

// rssUnit is what the kernel counts Maxrss in, in bytes.
const rssUnit = 1
